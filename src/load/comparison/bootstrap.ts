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
  let sum = 0
  for (const value of values) sum += value
  const mean = sum / length
  let squares = 0
  for (const value of values) squares += (value - mean) ** 2
  return { mean, variance: squares / (length - 1) / length }
}

/** Fills `into` with as many of the values as there are, each drawn from all. */
const resample = (values: readonly number[], into: number[], random: Random): number[] => {
  for (let i = 0; i < values.length; i++) into[i] = values[random.integer(0, values.length - 1)] as number
  return into
}

/**
 * The mean of `b` less the mean of `a`, with a symmetric bootstrap-t interval (P. Hall, On symmetric bootstrap confidence
 * intervals, 1988). For the ten or twenty values that there are here the percentile bootstrap is too narrow, and
 * bootstrap-t with a tail for each side misses the truth twice as often as it should when values have long tails. Without
 * `a` the mean of `b` alone. Each needs at least two values.
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
  const deviations: number[] = []
  const [drawnA, drawnB]: [number[], number[]] = [[], []]
  for (let i = 0; i < resamples; i++) {
    const again = differenceOf(a && resample(a, drawnA, random), resample(b, drawnB, random))
    // A sample of one value again and again says nothing about its own error.
    if (again.variance > 0) deviations.push(Math.abs(again.mean - estimate) / Math.sqrt(again.variance))
  }
  deviations.sort((x, y) => x - y)
  const reach = (deviations[Math.floor(confidence * deviations.length)] ?? 0) * Math.sqrt(variance)
  return { estimate, low: estimate - reach, high: estimate + reach }
}
