/** Time as a parameter, for a generator: tests run whole load tests in simulated time. */
export interface LoadClock {
  /** Monotonic ms, with fractions. */
  now(): number
  /** Ms since the epoch. */
  wallNow(): number
  /** Calls back once, `ms` from now or up to a millisecond later. Returns what takes it back. */
  after(ms: number, callback: () => void): () => void
  /** Calls back once at `dueMs` or earlier, and as close to it as the platform can; the caller asks again. */
  approach(dueMs: number, callback: () => void): void
}

/** Timers come this much late: they count whole milliseconds from when the loop last looked, and a core that slept wakes up slowly. */
const TIMER_SLACK_MS = 4

export const systemLoadClock: LoadClock = {
  now: () => performance.now(),
  wallNow: () => performance.timeOrigin + performance.now(),
  after: (ms, callback) => {
    const dueMs = performance.now() + ms
    let timer: NodeJS.Timeout
    // Node's timers count from when the loop last looked: after a long turn they come early.
    const wait = (): void => {
      const leftMs = dueMs - performance.now()
      if (leftMs <= 0) callback()
      else timer = setTimeout(wait, Math.ceil(leftMs))
    }
    timer = setTimeout(wait, Math.ceil(ms))
    return () => clearTimeout(timer)
  },
  approach: (dueMs, callback) => {
    const waitMs = dueMs - performance.now()
    if (waitMs > TIMER_SLACK_MS + 1) setTimeout(callback, waitMs - TIMER_SLACK_MS)
    // The loop turns without sleeping: nothing else that Node offers is finer than a millisecond.
    else setImmediate(callback)
  },
}
