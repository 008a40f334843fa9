import type { Trial } from './trial.ts'

/** Fewer loads make no curve. */
const LEAST_LOADS = 4

/**
 * Where latency begins to rise faster than load: the point of the curve of p99 over load that is farthest from the
 * straight line between its ends (Satopaa and others, "Finding a Kneedle in a Haystack", 2011). Null when there are too
 * few loads, or nothing rises.
 */
export const kneeOf = (trials: readonly Trial[]): number | null => {
  const byLoad = new Map<number, number[]>()
  for (const { load, p99Us, outcome } of trials) {
    if (outcome !== 'limited') byLoad.set(load, [...(byLoad.get(load) ?? []), p99Us])
  }
  const points = [...byLoad]
    .map(([load, all]) => ({ load, us: all.sort((a, b) => a - b)[all.length >> 1] as number }))
    .sort((a, b) => a.load - b.load)
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined || points.length < LEAST_LOADS || last.us <= first.us)
    return null
  let knee: number | null = null
  let farthest = 0
  for (const { load, us } of points) {
    const distance = (load - first.load) / (last.load - first.load) - (us - first.us) / (last.us - first.us)
    if (distance > farthest) {
      farthest = distance
      knee = load
    }
  }
  return knee
}
