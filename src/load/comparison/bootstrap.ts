import type { Random } from '../arrivals/random.ts'

/** An estimate, and between what the truth lies with the confidence that was asked for. */
export interface Interval {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

export interface BootstrapOptions {
  /** Share of intervals that hold the truth, 0 to 1. */
  readonly confidence: number
  readonly resamples: number
  readonly random: Random
}

interface Moments {
  readonly mean: number
  /** Of the mean. */
  readonly variance: number
}

const momentsOf = (values: readonly number[]): Moments => {
  const { length } = values
  const mean = values.reduce((sum, value) => sum + value, 0) / length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, variance: squares / (length - 1) / length }
}

const resample = (values: readonly number[], random: Random): number[] =>
  values.map(() => values[random.integer(0, values.length - 1)] as number)

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number

/**
 * The mean of `b` less the mean of `a`, with a bootstrap-t interval (Efron and Tibshirani, An Introduction to the
 * Bootstrap, 12.5): the percentile bootstrap is too narrow for the ten or twenty values that there are here. Without `a`
 * the mean of `b` alone. Each needs at least two values.
 */
export const meanDifference = (
  a: readonly number[] | null,
  b: readonly number[],
  { confidence, resamples, random }: BootstrapOptions,
): Interval => {
  const differenceOf = (from: readonly number[] | null, to: readonly number[]): Moments => {
    const [left, right] = [from === null ? { mean: 0, variance: 0 } : momentsOf(from), momentsOf(to)]
    return { mean: right.mean - left.mean, variance: left.variance + right.variance }
  }
  const { mean: estimate, variance } = differenceOf(a, b)
  const error = Math.sqrt(variance)
  const deviations: number[] = []
  for (let i = 0; i < resamples; i++) {
    const again = differenceOf(a && resample(a, random), resample(b, random))
    // A sample of one value again and again says nothing about its own error.
    if (again.variance > 0) deviations.push((again.mean - estimate) / Math.sqrt(again.variance))
  }
  if (deviations.length === 0) return { estimate, low: estimate, high: estimate }
  deviations.sort((x, y) => x - y)
  const tail = (1 - confidence) / 2
  return {
    estimate,
    low: estimate - at(deviations, 1 - tail) * error,
    high: estimate - at(deviations, tail) * error,
  }
}
