import { MAX_US } from './durations.ts'

/** A duration's bucket spans 3 %: 32 of them for each power of two. */
const BUCKETS_LOG2 = 5
const BUCKETS = 1 << BUCKETS_LOG2

const bucketOf = (us: number): number => {
  if (us < 2 * BUCKETS) return us
  const shift = 31 - BUCKETS_LOG2 - Math.clz32(us)
  return shift * BUCKETS + (us >> shift)
}

/** The largest duration of a bucket, us. */
const bucketEndUs = (bucket: number): number => {
  if (bucket < 2 * BUCKETS) return bucket
  const shift = Math.floor(bucket / BUCKETS) - 1
  return ((bucket % BUCKETS) + BUCKETS + 1) * 2 ** shift - 1
}

const BUCKET_COUNT = bucketOf(MAX_US) + 1

/** One interval of a run, for a chart over time. What is counted belongs to the time at which it happened. */
export interface TimelinePoint {
  /** Ms since the window began. */
  readonly atMs: number
  readonly lengthMs: number
  readonly completed: number
  readonly failed: number
  readonly p50Us: number
  readonly p99Us: number
  readonly maxUs: number
  /** [longest duration in us, count] in steps of 3 %: what the quantiles are made from, so that points add up. */
  readonly counts: readonly (readonly [us: number, count: number])[]
}

const quantile = (counts: TimelinePoint['counts'], share: number): number => {
  const total = counts.reduce((sum, [, count]) => sum + count, 0)
  let left = Math.ceil(share * total)
  for (const [us, count] of counts) {
    left -= count
    if (left <= 0) return us
  }
  return 0
}

const pointOf = (
  atMs: number,
  lengthMs: number,
  completed: number,
  failed: number,
  counts: TimelinePoint['counts'],
): TimelinePoint => ({
  atMs,
  lengthMs,
  completed,
  failed,
  p50Us: quantile(counts, 0.5),
  p99Us: quantile(counts, 0.99),
  maxUs: counts.at(-1)?.[0] ?? 0,
  counts,
})

/** Counts one interval after another. */
export class TimelineCounter {
  readonly points: TimelinePoint[] = []
  readonly #counts = new Uint32Array(BUCKET_COUNT)
  #completed = 0
  #failed = 0

  /** @param us see `wholeUs`. */
  record(us: number): void {
    this.#completed++
    ;(this.#counts[bucketOf(us)] as number)++
  }

  fail(): void {
    this.#failed++
  }

  /** Ends the interval that began `atMs` after the window did, and begins the next. */
  close(atMs: number, lengthMs: number): TimelinePoint {
    const counts: [number, number][] = []
    this.#counts.forEach((count, bucket) => {
      if (count > 0) counts.push([bucketEndUs(bucket), count])
    })
    const point = pointOf(atMs, lengthMs, this.#completed, this.#failed, counts)
    this.points.push(point)
    this.#counts.fill(0)
    this.#completed = 0
    this.#failed = 0
    return point
  }
}

/** The points of several generators for the same interval as one. */
export const mergePoints = (points: readonly TimelinePoint[]): TimelinePoint => {
  const byUs = new Map<number, number>()
  for (const point of points) {
    for (const [us, count] of point.counts) byUs.set(us, (byUs.get(us) ?? 0) + count)
  }
  const sum = (pick: (point: TimelinePoint) => number): number =>
    points.reduce((total, point) => total + pick(point), 0)
  return pointOf(
    points[0]?.atMs ?? 0,
    Math.max(0, ...points.map((point) => point.lengthMs)),
    sum((point) => point.completed),
    sum((point) => point.failed),
    [...byUs].sort(([a], [b]) => a - b),
  )
}
