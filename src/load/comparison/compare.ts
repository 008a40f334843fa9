import { NovaError } from '../../errors.ts'
import { Random } from '../arrivals/random.ts'
import { mergeDurations } from '../durations.ts'
import type { LoadResult } from '../result.ts'
import { type BootstrapOptions, type Interval, meanDifference } from './bootstrap.ts'
import {
  COMPARISON_VERSION,
  type Comparison,
  type ComparisonSide,
  type Difference,
  METRICS,
  type MetricComparison,
  type MetricName,
} from './comparison.ts'
import { type Sample, sampleOfRound, samplesOfRun } from './sample.ts'

export interface CompareOptions {
  /** Names for reports. Default 'A' and 'B'. */
  readonly names?: readonly [string, string]
  /** Of all intervals together, 0.5 to 0.999. Default 0.95. */
  readonly confidence?: number
  /** Changes below this share are no difference, 0 to 1. Default 0.01. */
  readonly threshold?: number
  /** An integer. Default 1. */
  readonly seed?: number
}

/** One run of a service, and what its process used meanwhile. */
export interface Round {
  readonly result: LoadResult
  /** CPU time of the server from the beginning to the end of the run, us; null when it was not watched. */
  readonly serverCpuUs: number | null
}

/** Of fewer the bootstrap makes intervals that are useless or wrong. */
export const LEAST_SAMPLES = 7
const RESAMPLES = 2_000
/** A difference in the share of failures counts from a tenth of the threshold for times: 0.1 % by default. */
const SHARE_THRESHOLD = 0.1
/** A side whose generator was the limit in so many of its runs says nothing. */
const MAX_LIMITED_SHARE = 0.25

const invalid = (detail: string): NovaError => new NovaError('OPTION_INVALID', detail)

const readOptions = (options: CompareOptions): Required<CompareOptions> => {
  const { names = ['A', 'B'], confidence = 0.95, threshold = 0.01, seed = 1 } = options
  if (!(confidence >= 0.5 && confidence <= 0.999))
    throw invalid(`Option confidence must be a share from 0.5 to 0.999; got ${confidence}.`)
  if (!(threshold >= 0 && threshold <= 1))
    throw invalid(`Option threshold must be a share from 0 to 1; got ${threshold}.`)
  if (!Number.isInteger(seed)) throw invalid(`Option seed must be an integer; got ${seed}.`)
  return { names, confidence, threshold, seed }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const differenceIn = (
  metric: MetricName,
  { estimate, low, high }: Interval,
  threshold: number,
): Difference => {
  const least = METRICS[metric].scale === 'share' ? threshold * SHARE_THRESHOLD : threshold
  if (Math.abs(estimate) < least || (low <= 0 && high >= 0) || estimate === 0) return 'none'
  return estimate > 0 === METRICS[metric].isHigherBetter ? 'better' : 'worse'
}

const compareMetric = (
  metric: MetricName,
  a: readonly number[],
  b: readonly number[],
  isPaired: boolean,
  threshold: number,
  bootstrap: BootstrapOptions,
): MetricComparison => {
  const isRatio = METRICS[metric].scale === 'ratio'
  // Ratios are made on the logarithm: twice as slow and twice as fast are equally far from the same.
  const scale = isRatio ? Math.log : Number
  const back = isRatio ? Math.exp : Number
  const changeOf = isRatio ? Math.expm1 : Number
  const [from, to] = [a.map((value) => scale(value)), b.map((value) => scale(value))]
  const interval = isPaired
    ? meanDifference(
        null,
        to.map((value, i) => value - (from[i] as number)),
        bootstrap,
      )
    : meanDifference(from, to, bootstrap)
  const change = {
    estimate: changeOf(interval.estimate),
    low: changeOf(interval.low),
    high: changeOf(interval.high),
  }
  return {
    metric,
    a: back(mean(from)),
    b: back(mean(to)),
    change: change.estimate,
    low: change.low,
    high: change.high,
    difference: differenceIn(metric, change, threshold),
  }
}

const compareSamples = (
  a: readonly Sample[],
  b: readonly Sample[],
  isPaired: boolean,
  { confidence, threshold, seed }: Required<CompareOptions>,
): MetricComparison[] => {
  const names = (Object.keys(METRICS) as MetricName[]).filter((name) =>
    [...a, ...b].every((sample) => sample[name] !== null),
  )
  const valuesOf = (samples: readonly Sample[], name: MetricName): number[] =>
    samples.map((sample) => sample[name] as number)
  const varying = names.filter((name) => new Set(valuesOf([...a, ...b], name)).size > 1)
  const bootstrap = {
    // Bonferroni: the metrics together are to be right as often as was asked for. What is always the same cannot err.
    confidence: 1 - (1 - confidence) / Math.max(1, varying.length),
    resamples: RESAMPLES,
    random: new Random(seed),
  }
  return names.map((name) =>
    compareMetric(name, valuesOf(a, name), valuesOf(b, name), isPaired, threshold, bootstrap),
  )
}

const sideOf = (name: string, results: readonly LoadResult[]): ComparisonSide => ({
  name,
  settings: (results[0] as LoadResult).settings,
  runs: results.length,
  latency: mergeDurations(results.map(({ latency }) => latency)),
  ratePerSecond: mean(results.map(({ ratePerSecond }) => ratePerSecond)),
  errorShare: mean(results.map(({ errorShare }) => errorShare)),
})

const limitsOf = ({ name, runs }: ComparisonSide, results: readonly LoadResult[]): string[] => {
  const limited = results.filter(({ generator }) => generator.limitedBy.length > 0)
  if (limited.length === 0 || limited.length < MAX_LIMITED_SHARE * runs) return []
  const often = runs === 1 ? '' : `in ${limited.length} of ${runs} runs; `
  return [`${name}: ${often}${limited[0]?.generator.limitedBy[0]}`]
}

const verdictOf = (metrics: readonly MetricComparison[]): Difference => {
  const found = metrics.map(({ difference }) => difference)
  if (found.includes('worse')) return 'worse'
  return found.includes('better') ? 'better' : 'none'
}

const comparisonOf = (
  kind: Comparison['kind'],
  resultsA: readonly LoadResult[],
  resultsB: readonly LoadResult[],
  samples: readonly [readonly Sample[], readonly Sample[]],
  options: CompareOptions,
): Comparison => {
  const resolved = readOptions(options)
  const least = Math.min(...samples.map(({ length }) => length))
  if (least < LEAST_SAMPLES)
    throw invalid(
      `There are ${least} ${kind === 'runs' ? 'seconds' : 'rounds'}; ${LEAST_SAMPLES} are the least.`,
    )
  if (samples.flat().some(({ p50 }) => p50 === 0))
    throw invalid('In a part of the time nothing was answered: there is no latency to compare.')
  const { mode, machine } = resultsA[0] as LoadResult
  if ([...resultsA, ...resultsB].some((result) => result.mode !== mode))
    throw invalid('One is of a closed loop, the other of an open one: their latencies mean different things.')
  const rates = new Set([...resultsA, ...resultsB].map(({ settings }) => settings.rate))
  if (rates.size > 1)
    throw invalid(`They were sent at different rates (${[...rates].join('/s, ')}/s): latency depends on it.`)
  const metrics = compareSamples(...samples, kind === 'rounds', resolved)
  const [a, b] = [sideOf(resolved.names[0], resultsA), sideOf(resolved.names[1], resultsB)]
  const limitedBy = [...limitsOf(a, resultsA), ...limitsOf(b, resultsB)]
  return {
    format: 'nova-comparison',
    version: COMPARISON_VERSION,
    kind,
    samples: least,
    confidence: resolved.confidence,
    threshold: resolved.threshold,
    seed: resolved.seed,
    a,
    b,
    metrics,
    verdict: limitedBy.length > 0 ? null : verdictOf(metrics),
    limitedBy,
    machine,
  }
}

/**
 * Holds one run against another by what happened in them second by second. What differs from run to run (start-up,
 * placement in memory, neighbours) it cannot see: compareRounds can.
 *
 * Throws OPTION_INVALID when a run is shorter than 7 s, one is of a closed loop and the other of an open one, or their
 * rates differ.
 */
export const compareRuns = (a: LoadResult, b: LoadResult, options: CompareOptions = {}): Comparison =>
  comparisonOf('runs', [a], [b], [samplesOfRun(a), samplesOfRun(b)], options)

/**
 * Holds runs against the runs beside them: `b[i]` was measured next to `a[i]`, so that what changes slowly on the machine
 * is the same for both. Throws OPTION_INVALID when there are fewer than 7 of each, or not as many of both.
 */
export const compareRounds = (
  a: readonly Round[],
  b: readonly Round[],
  options: CompareOptions = {},
): Comparison => {
  if (a.length !== b.length) throw invalid(`There are ${a.length} rounds of A and ${b.length} of B.`)
  const samples = (rounds: readonly Round[]): Sample[] =>
    rounds.map(({ result, serverCpuUs }) => sampleOfRound(result, serverCpuUs))
  const results = (rounds: readonly Round[]): LoadResult[] => rounds.map(({ result }) => result)
  return comparisonOf('rounds', results(a), results(b), [samples(a), samples(b)], options)
}
