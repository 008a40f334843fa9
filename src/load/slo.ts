import { NovaError } from '../errors.ts'
import { quantileUs } from './durations.ts'
import type { LoadResult } from './result.ts'

/** One condition; a result meets it or misses it. */
export type SloClause =
  /** The share 1 is the maximum; 'mean' the mean. */
  | { readonly kind: 'latency'; readonly of: number | 'mean'; readonly maxUs: number }
  | { readonly kind: 'errors'; readonly maxShare: number }
  | { readonly kind: 'rate'; readonly minPerSecond: number }

/** What a service has to keep to: all clauses. */
export interface Slo {
  readonly text: string
  readonly clauses: readonly SloClause[]
}

const LATENCY = /^(?:p(\d{1,2}(?:\.\d+)?)|(mean|max))\s*<\s*(\d+(?:\.\d+)?)\s*(us|ms|s)$/
const ERRORS = /^errors\s*<\s*(\d+(?:\.\d+)?)\s*(%?)$/
const RATE = /^rate\s*>\s*(\d+(?:\.\d+)?)$/
const US_PER: Readonly<Record<string, number>> = { us: 1, ms: 1_000, s: 1_000_000 }

const readClause = (text: string): SloClause => {
  const latency = LATENCY.exec(text)
  if (latency !== null) {
    const [, percentile, name, value, unit = 'ms'] = latency
    const maxUs = Number(value) * (US_PER[unit] as number)
    if (name === 'mean') return { kind: 'latency', of: 'mean', maxUs }
    return { kind: 'latency', of: name === 'max' ? 1 : Number(percentile) / 100, maxUs }
  }
  const errors = ERRORS.exec(text)
  if (errors !== null) return { kind: 'errors', maxShare: Number(errors[1]) / (errors[2] === '%' ? 100 : 1) }
  const rate = RATE.exec(text)
  if (rate !== null) return { kind: 'rate', minPerSecond: Number(rate[1]) }
  throw new NovaError(
    'OPTION_INVALID',
    `Option slo: '${text}' is no clause. Known are p99<50ms (p50 to p99.99, mean, max; us, ms, s), errors<0.1%, rate>1000; commas join them.`,
  )
}

/** Reads 'p99<50ms,errors<0.1%'. Throws OPTION_INVALID naming the clause that is none. */
export const parseSlo = (text: string): Slo => ({
  text,
  clauses: text.split(',').map((clause) => readClause(clause.trim())),
})

/** The tightest latency that is asked for, us; null when none is. */
export const objectiveUs = (slo: Slo): number | null => {
  const all = slo.clauses.flatMap((clause) => (clause.kind === 'latency' ? [clause.maxUs] : []))
  return all.length === 0 ? null : Math.min(...all)
}

export interface Miss {
  readonly kind: SloClause['kind']
  readonly sentence: string
}

const ms = (us: number): string => `${Number((us / 1000).toPrecision(3))} ms`
const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`

const nameOf = (of: number | 'mean'): string =>
  of === 'mean' ? 'mean' : of === 1 ? 'max' : `p${Number((of * 100).toFixed(4))}`

/** The clauses that the result misses. */
export const missesOf = (
  slo: Slo,
  result: Pick<LoadResult, 'latency' | 'errorShare' | 'ratePerSecond'>,
): Miss[] =>
  slo.clauses.flatMap((clause): Miss[] => {
    if (clause.kind === 'latency') {
      const us = clause.of === 'mean' ? result.latency.meanUs : quantileUs(result.latency, clause.of)
      if (us < clause.maxUs) return []
      return [
        { kind: 'latency', sentence: `${nameOf(clause.of)} was ${ms(us)}, not under ${ms(clause.maxUs)}` },
      ]
    }
    if (clause.kind === 'errors') {
      const { errorShare } = result
      // An objective of 0 % allows none; any other is a bound that is not reached.
      if (errorShare === 0 || errorShare < clause.maxShare) return []
      return [
        {
          kind: 'errors',
          sentence: `errors were ${percent(errorShare)}, not under ${percent(clause.maxShare)}`,
        },
      ]
    }
    if (result.ratePerSecond > clause.minPerSecond) return []
    return [
      {
        kind: 'rate',
        sentence: `the rate was ${result.ratePerSecond.toFixed(1)}/s, not above ${clause.minPerSecond}/s`,
      },
    ]
  })
