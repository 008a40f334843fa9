const US_PER_S = 1_000_000
const SEARCH_STEPS = 50

/** Durations that a server has counted in buckets: quantiles are as exact as these are wide, a factor of 2 to 2.5. */
export interface BucketedDurations {
  readonly count: number
  readonly meanUs: number
  /** Estimated within their bucket; of the bucket without an end, where it begins. 0 when there are none. */
  readonly p50Us: number
  readonly p99Us: number
  /** [longest duration in us, how many], ascending; null for the end of the last one. */
  readonly buckets: readonly (readonly [upToUs: number | null, count: number])[]
}

type Buckets = BucketedDurations['buckets']

const countOf = (buckets: Buckets): number => buckets.reduce((sum, [, count]) => sum + count, 0)

/** The duration, us, within which this share (0 to 1) of them lies. */
const quantileUs = (buckets: Buckets, share: number): number => {
  let left = share * countOf(buckets)
  let fromUs = 0
  for (const [upToUs, count] of buckets) {
    if (upToUs === null) break
    if (count > 0 && left <= count) return fromUs + (upToUs - fromUs) * (left / count)
    left -= count
    fromUs = upToUs
  }
  return fromUs
}

/** @param cumulative by upper bound in seconds, ascending, the last one without end. @param sumS all together. */
export const bucketedDurations = (
  cumulative: readonly (readonly [bound: number, count: number])[],
  sumS: number,
): BucketedDurations => {
  let below = 0
  const buckets = cumulative.map(([bound, upTo]): [number | null, number] => {
    const count = upTo - below
    below = upTo
    return [Number.isFinite(bound) ? bound * US_PER_S : null, count]
  })
  const count = countOf(buckets)
  return {
    count,
    meanUs: count === 0 ? 0 : (sumS * US_PER_S) / count,
    p50Us: count === 0 ? 0 : quantileUs(buckets, 0.5),
    p99Us: count === 0 ? 0 : quantileUs(buckets, 0.99),
    buckets,
  }
}

/** p99 over `total` events of which these took time and the others none, us. */
export const p99AmongUs = ({ count, buckets }: BucketedDurations, total: number): number => {
  const slowest = 0.01 * Math.max(total, count)
  return count <= slowest ? 0 : quantileUs(buckets, 1 - slowest / count)
}

/**
 * p99, us, of how long what comes at any time waits for a loop whose timers were this late, one every `everyUs`. One stop
 * of a second in ten is one count among hundreds, but it meets every tenth arrival, and these wait evenly between nothing
 * and a second. Several loops may have been counted together: time is what their timers took.
 */
export const p99WaitUs = ({ count, meanUs, buckets }: BucketedDurations, everyUs: number): number => {
  const totalUs = count * (everyUs + meanUs)
  let fromUs = 0
  const middles = buckets.map(([upToUs, times]): [us: number, times: number] => {
    const us = upToUs === null ? fromUs : (fromUs + upToUs) / 2
    fromUs = upToUs ?? fromUs
    return [us, times]
  })
  // The sum is known exactly, the places within the buckets are not.
  const scale =
    (count * meanUs) /
    Math.max(
      1,
      middles.reduce((sum, [us, times]) => sum + us * times, 0),
    )
  const shareBeyond = (waitUs: number): number =>
    middles.reduce((sum, [us, times]) => sum + times * Math.max(0, us * scale - waitUs), 0) / totalUs
  if (count === 0 || shareBeyond(0) <= 0.01) return 0
  let [low, high] = [0, fromUs * scale]
  for (let i = 0; i < SEARCH_STEPS; i++) {
    const middle = (low + high) / 2
    if (shareBeyond(middle) > 0.01) low = middle
    else high = middle
  }
  return high
}
