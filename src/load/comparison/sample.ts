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
/** Timelines count in steps of a 32nd of a power of two, from there on. */
const FIRST_WIDE_US = 64
const STEPS_LOG2 = 5

const widthOf = (us: number): number =>
  us < FIRST_WIDE_US ? 1 : 2 ** (Math.floor(Math.log2(us)) - STEPS_LOG2)

/** Within a step the durations are taken as evenly spread: the steps themselves would look like differences of 3 %. */
const quantileUs = ({ counts }: TimelinePoint, share: number): number => {
  const total = counts.reduce((sum, [, count]) => sum + count, 0)
  let left = share * total
  for (const [us, count] of counts) {
    if (left <= count) return us - widthOf(us) * (1 - left / count)
    left -= count
  }
  return 0
}

/** The points together; `cpuUs` is what the server used in that time. */
export const sampleOf = (points: readonly TimelinePoint[], cpuUs: number | null): Sample => {
  const whole = mergePoints(points)
  const { completed, failed } = whole
  const seconds = points.reduce((sum, point) => sum + point.lengthMs, 0) / 1000
  return {
    // The half keeps a stretch without a response from being infinitely slow.
    rate: (completed + 0.5) / seconds,
    p50: quantileUs(whole, 0.5),
    p99: quantileUs(whole, 0.99),
    errors: failed === 0 ? 0 : failed / (completed + failed),
    cpu: cpuUs === null ? null : cpuUs / (completed + 0.5),
  }
}

/** A run in at most 20 stretches of consecutive seconds (the method of batch means). */
export const samplesOfRun = (timeline: readonly TimelinePoint[]): Sample[] => {
  const points = timeline.filter(({ lengthMs }) => lengthMs > 0)
  const batches = Math.min(MAX_BATCHES, points.length)
  return Array.from({ length: batches }, (_, i) =>
    sampleOf(
      points.slice(
        Math.floor((i * points.length) / batches),
        Math.floor(((i + 1) * points.length) / batches),
      ),
      null,
    ),
  )
}
