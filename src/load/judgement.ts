import type { LoadResult } from './result.ts'
import { missesOf, objectiveUs, parseSlo } from './slo.ts'

/** A generator that is this busy is late itself. */
const MAX_CPU_SHARE = 0.85
/** Of the latency that is asked for, or of the median that was found: what is beyond may be the generator's own. */
const MAX_LAG_SHARE = 0.1
/** Where no latency is asked for, lags below this share of 10 ms are nothing. */
const LEAST_OBJECTIVE_US = 10_000

/** Where others had the generator's core for longer than this, they made it late. */
const MAX_WAIT_SHARE = 0.05

const waitText = ({ coreWaitShare }: LoadResult['generator']): string =>
  (coreWaitShare ?? 0) > MAX_WAIT_SHARE
    ? `; other programs had its core for ${Math.round((coreWaitShare as number) * 100)} % of the time`
    : ''

const limitsOf = ({ generator, latency }: LoadResult, askedUs: number | null): string[] => {
  const limits: string[] = []
  const maxLagUs = MAX_LAG_SHARE * (askedUs ?? Math.max(LEAST_OBJECTIVE_US, latency.p50Us))
  const lagUs = generator.scheduleLag.p99Us
  if (lagUs > maxLagUs)
    limits.push(
      `1 % of the requests were sent ${lagUs} us late or later; ${Math.round(maxLagUs)} us are tolerable${waitText(generator)}`,
    )
  if (generator.cpuShare > MAX_CPU_SHARE)
    limits.push(
      `a generator thread used ${Math.round(generator.cpuShare * 100)} % of its core; ${MAX_CPU_SHARE * 100} % are tolerable`,
    )
  return limits
}

/**
 * Says whether the objective was met, or that nothing can be said because the generator was the limit.
 */
export const judgeResult = (result: LoadResult): LoadResult => {
  const { slo: text } = result.settings
  const slo = text === null ? null : parseSlo(text)
  const limitedBy = limitsOf(result, slo === null ? null : objectiveUs(slo))
  const generator = { ...result.generator, limitedBy }
  if (slo === null || limitedBy.length > 0) return { ...result, generator, verdict: null }
  const missed = missesOf(slo, result).map(({ sentence }) => sentence)
  return { ...result, generator, verdict: { isMet: missed.length === 0, missed } }
}
