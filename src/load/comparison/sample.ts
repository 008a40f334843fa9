import { type Durations, histogramOf } from '../durations.ts'
import type { LoadResult } from '../result.ts'
import { mergePoints, type TimelinePoint } from '../timeline.ts'

/** What is compared, from one stretch of time. */
export interface Sample {
  /** Responses per second. */
  readonly rate: number
  readonly p50: number
  readonly p99: number
  /** Failures per response or failure, 0 to 1. */
  readonly errors: number
  /** CPU microseconds of the server per response; null when it was not watched. */
  readonly cpu: number | null
}

/** More would not be independent: what happens in one second goes on in the next. */
const MAX_BATCHES = 20
/** Steps of durations: a 32nd of a power of two in timelines, a 1024th in histograms; whole us below. */
const TIMELINE_LOG2 = 5
const HISTOGRAM_LOG2 = 10

const stepUs = (us: number, log2: number): number =>
  us < 2 ** (log2 + 1) ? 1 : 2 ** (Math.floor(Math.log2(us)) - log2)

// Within a step the durations are taken as evenly spread: the steps themselves would look like differences, of 3 % in
// timelines, and of 2 % between 50 us and 51.

const pointQuantileUs = ({ counts }: TimelinePoint, share: number): number => {
  const total = counts.reduce((sum, [, count]) => sum + count, 0)
  let left = share * total
  for (const [us, count] of counts) {
    if (left <= count) return us + 0.5 - stepUs(us, TIMELINE_LOG2) * (1 - left / count)
    left -= count
  }
  return 0
}

/** The duration, in us, within which a share (0 to 1) of them lies; 0 when there are none. */
export const smoothQuantiles = (durations: Durations): ((share: number) => number) => {
  const { count } = durations
  if (count === 0) return () => 0
  const histogram = histogramOf(durations)
  const valueAt = (rank: number): number => histogram.getValueAtPercentile((100 * rank) / count)
  /** The number of durations before the first that is not `isBefore`. */
  const countWhile = (isBefore: (us: number) => boolean): number => {
    let [low, high] = [0, count]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (isBefore(valueAt(middle + 1))) low = middle + 1
      else high = middle
    }
    return low
  }
  return (share) => {
    const us = valueAt(Math.max(1, Math.ceil(share * count)))
    const before = countWhile((other) => other < us)
    const within = countWhile((other) => other <= us) - before
    return us + 0.5 - stepUs(us, HISTOGRAM_LOG2) * (1 - (share * count - before) / within)
  }
}

/** Half a tick of the clock that CPU time is counted by: a ratio to nothing would be infinite. */
const LEAST_CPU_US = 5_000

interface Happened {
  readonly completed: number
  readonly errors: number
  readonly ms: number
}

const sampleOf = (
  { completed, errors, ms }: Happened,
  quantileUs: (share: number) => number,
  cpuUs: number | null,
): Sample => ({
  // The half keeps a stretch without a response from being infinitely slow.
  rate: ((completed + 0.5) * 1000) / ms,
  p50: quantileUs(0.5),
  p99: quantileUs(0.99),
  errors,
  cpu: cpuUs === null ? null : Math.max(LEAST_CPU_US, cpuUs) / (completed + 0.5),
})

/** A whole run; `cpuUs` is what the server used meanwhile. */
export const sampleOfRound = (
  { requests, errorShare, measuredMs, latency }: LoadResult,
  cpuUs: number | null,
): Sample =>
  sampleOf(
    { completed: requests.completedInWindow, errors: errorShare, ms: measuredMs },
    smoothQuantiles(latency),
    cpuUs,
  )

const sampleOfPoints = (points: readonly TimelinePoint[]): Sample => {
  const whole = mergePoints(points)
  const { completed, failed } = whole
  const errors = failed === 0 ? 0 : failed / (completed + failed)
  const ms = points.reduce((sum, { lengthMs }) => sum + lengthMs, 0)
  return sampleOf({ completed, errors, ms }, (share) => pointQuantileUs(whole, share), null)
}

/** A run in at most 20 stretches of consecutive seconds (the method of batch means). */
export const samplesOfRun = ({ timeline }: LoadResult): Sample[] => {
  const points = timeline.filter(({ lengthMs }) => lengthMs > 0)
  const batches = Math.min(MAX_BATCHES, points.length)
  return Array.from({ length: batches }, (_, i) =>
    sampleOfPoints(
      points.slice(
        Math.floor((i * points.length) / batches),
        Math.floor(((i + 1) * points.length) / batches),
      ),
    ),
  )
}
