import type { LoadResult } from '../result.ts'
import { missesOf, type Slo } from '../slo.ts'
import type { ProcessFigures } from '../target/process-watch.ts'
import type { TailShare } from '../target/tail.ts'

/** What ends a search upwards. */
export type Limit = 'latency' | 'errors' | 'rate' | 'generator'

/** Whether a load was carried; 'limited': the generator was the limit, and nothing is known about the target. */
export type Outcome = 'pass' | 'fail' | 'limited'

export type Phase = 'ramp' | 'bisect' | 'confirm'

/** One measurement of a search. */
export interface Trial {
  readonly phase: Phase
  /** Requests per second, or connections. */
  readonly load: number
  readonly outcome: Outcome
  /** What gave way; null after a pass. */
  readonly limit: Limit | null
  /** Sentences; empty after a pass. */
  readonly reasons: readonly string[]
  readonly durationMs: number
  readonly ratePerSecond: number
  readonly errorShare: number
  readonly p50Us: number
  readonly p90Us: number
  readonly p99Us: number
  readonly maxUs: number
  readonly scheduleLagP99Us: number
  readonly generatorCpuShare: number
  /** CPU and memory of the server's process; null when it was not watched. */
  readonly server: ProcessFigures | null
  /** What p99 is made of, the longest part first; empty when the server's metrics were not asked for or do not tell. */
  readonly tail: readonly TailShare[]
}

/** A target that completes less than this share of what becomes due falls behind. */
const LEAST_COMPLETED_SHARE = 0.98

/** What stood in the way, the most telling first: a generator that is the limit makes everything else meaningless. */
const limitsOf = (slo: Slo, result: LoadResult): { limit: Limit; reason: string }[] => {
  const { intended, completedInWindow } = result.requests
  const limits = result.generator.limitedBy.map((reason) => ({ limit: 'generator' as const, reason }))
  const misses = missesOf(slo, result).map(({ kind, sentence }) => ({ limit: kind, reason: sentence }))
  if (completedInWindow < LEAST_COMPLETED_SHARE * intended) {
    const reason = `only ${completedInWindow} of ${intended} requests were answered in time to keep up`
    misses.push({ limit: 'rate', reason })
  }
  return [...limits, ...misses]
}

/** Judges one measurement at `load`. */
export const judgeTrial = (phase: Phase, load: number, slo: Slo, result: LoadResult): Trial => {
  const limits = limitsOf(slo, result)
  const limit = limits[0]?.limit ?? null
  return {
    phase,
    load,
    outcome: limit === null ? 'pass' : limit === 'generator' ? 'limited' : 'fail',
    limit,
    reasons: limits.map(({ reason }) => reason),
    durationMs: result.measuredMs,
    ratePerSecond: result.ratePerSecond,
    errorShare: result.errorShare,
    p50Us: result.latency.p50Us,
    p90Us: result.latency.p90Us,
    p99Us: result.latency.p99Us,
    maxUs: result.latency.maxUs,
    scheduleLagP99Us: result.generator.scheduleLag.p99Us,
    generatorCpuShare: result.generator.cpuShare,
    server: result.server?.process ?? null,
    tail: result.server?.tail ?? [],
  }
}
