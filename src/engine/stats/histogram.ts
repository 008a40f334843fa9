/** Upper bounds of the buckets, s: from what a busy loop takes to what a user gives up on. */
const BOUNDS_S = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const
const BOUNDS_MS = BOUNDS_S.map((bound) => bound * 1_000)

/** The bounds as OpenMetrics writes them, the open end included. */
export const BUCKETS: readonly string[] = [
  ...BOUNDS_S.map((bound) => (Number.isInteger(bound) ? `${bound}.0` : String(bound))),
  '+Inf',
]

/** Durations, counted. */
export interface HistogramStats {
  count: number
  /** All together, ms. */
  sumMs: number
  /** How many there were up to each bound in seconds and above the one before. */
  buckets: Record<string, number>
}

/** Counts durations in buckets; they fit what one request costs as well as a time-out. */
export class Histogram {
  readonly #counts: number[] = BUCKETS.map(() => 0)
  #count = 0
  #sumMs = 0

  observe(ms: number): void {
    let i = 0
    while (i < BOUNDS_MS.length && ms > (BOUNDS_MS[i] as number)) i++
    this.#counts[i] = (this.#counts[i] as number) + 1
    this.#count++
    this.#sumMs += ms
  }

  get stats(): HistogramStats {
    return {
      count: this.#count,
      sumMs: this.#sumMs,
      buckets: Object.fromEntries(BUCKETS.map((bucket, i) => [bucket, this.#counts[i] as number])),
    }
  }
}
