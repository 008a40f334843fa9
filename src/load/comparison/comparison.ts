import type { Durations } from '../durations.ts'
import type { LoadResult } from '../result.ts'

/** Raised when a field changes its meaning or goes; new fields do not raise it. */
export const COMPARISON_VERSION = 1

interface MetricRow {
  /** 'ratio': differences are shares of A. 'share': the value is a share itself, and differences are too. */
  readonly scale: 'ratio' | 'share'
  readonly isHigherBetter: boolean
  /** Durations, in us; else per second or a share. */
  readonly isDuration: boolean
  readonly is: string
}

/** What two services are compared by. */
export const METRICS = {
  rate: { scale: 'ratio', isHigherBetter: true, isDuration: false, is: 'responses per second' },
  p50: { scale: 'ratio', isHigherBetter: false, isDuration: true, is: 'median latency' },
  p99: { scale: 'ratio', isHigherBetter: false, isDuration: true, is: '99th percentile of latency' },
  errors: { scale: 'share', isHigherBetter: false, isDuration: false, is: 'share of failures' },
  cpu: { scale: 'ratio', isHigherBetter: false, isDuration: true, is: "server's CPU time per response" },
} as const satisfies Record<string, MetricRow>

export type MetricName = keyof typeof METRICS

/** What B is to A. */
export type Difference = 'none' | 'better' | 'worse'

export interface MetricComparison {
  readonly metric: MetricName
  /** Typical values: geometric means over the samples, arithmetic ones of shares. Responses/s, us, or a share. */
  readonly a: number
  readonly b: number
  /** B less A as a share of A, or of all requests where the metric is a share; 0.1 is 10 % more. */
  readonly change: number
  /** The interval of `change`. */
  readonly low: number
  readonly high: number
  readonly difference: Difference
}

/** One of the two services. */
export interface ComparisonSide {
  /** The file or the command. */
  readonly name: string
  readonly settings: LoadResult['settings']
  readonly runs: number
  /** Of all runs together. */
  readonly latency: Durations
  readonly ratePerSecond: number
  readonly errorShare: number
}

/** What was asked for of A and of B where it is not the same, as 'connections: 64, 128'. The names of targets aside. */
export const settingsThatDiffer = ({ a, b }: Pick<Comparison, 'a' | 'b'>): string[] =>
  (Object.keys(a.settings) as (keyof LoadResult['settings'])[])
    .filter((name) => name !== 'url' && name !== 'slo')
    .map((name) => ({ name, values: [a, b].map(({ settings }) => String(settings[name])) }))
    .filter(({ values: [ofA, ofB] }) => ofA !== ofB)
    .map(({ name, values }) => `${name}: ${values.join(', ')}`)

/** B held against A. Plain data. */
export interface Comparison {
  readonly format: 'nova-comparison'
  readonly version: typeof COMPARISON_VERSION
  /** 'runs': one run of each, cut into stretches of time. 'rounds': many runs, each of A beside one of B. */
  readonly kind: 'runs' | 'rounds'
  /** How many values each interval comes from: pairs of rounds, or stretches of the shorter run. */
  readonly samples: number
  /** Of all intervals together: so many comparisons in 100 have no interval that misses the truth. */
  readonly confidence: number
  /** Smaller changes are no difference, whatever their interval. */
  readonly threshold: number
  readonly seed: number
  readonly a: ComparisonSide
  readonly b: ComparisonSide
  readonly metrics: readonly MetricComparison[]
  /** 'worse' when B is worse in any metric. Null when the generator was the limit. */
  readonly verdict: Difference | null
  /** Sentences; not empty: the figures say more about the generator than about the services. */
  readonly limitedBy: readonly string[]
  readonly machine: LoadResult['machine']
}
