import type { ResolvedOptions } from '../../options.ts'

/** How long a body may take before its average rate matters, ms. */
export const BODY_RATE_GRACE_MS = 5_000

export type BodyTimeout = 'body' | 'bodyGap' | 'slowBody'

/**
 * The clocks of one request body: the whole of it, the gap between two of its bytes, and its average rate. Times are ms
 * on the wheel's clock, 0 means none. They stand still while the connection itself does not read: the client cannot
 * help that.
 *
 * The rate needs no samples: a body of n bytes has earned n / minBodyBytesPerSecond seconds, so it, too, is a deadline.
 */
export class BodyClock {
  /** The earliest of the three deadlines, 0 when none is set or the clock stands still. */
  due = 0
  /** When it was last known to run. */
  readAt = 0
  #wholeDue = 0
  #gapDue = 0
  #rateDue = 0
  /** When the body began, later by every pause. */
  #begunAt = 0
  #received = 0
  #gapMs = 0
  #bytesPerSecond = 0
  /** -1 while it runs. */
  #pausedAt = -1
  #isBegun = false

  /** The next body begins from nothing. */
  reset(): void {
    this.due = 0
    this.#pausedAt = -1
    this.#isBegun = false
  }

  /** Reading: begins, goes on after a pause, or notes what has arrived. `limitMs`: see `limit`, -1 for the options' rule. */
  read(received: number, now: number, limitMs: number, options: ResolvedOptions): void {
    if (!this.#isBegun) {
      this.#begin(now, options)
      if (limitMs >= 0) this.limit(limitMs, now)
    } else if (this.#pausedAt >= 0) {
      this.#resume(now)
    } else if (received === this.#received) {
      return
    }
    this.#received = received
    this.readAt = now
    if (this.#gapMs !== 0) this.#gapDue = now + this.#gapMs
    if (this.#bytesPerSecond !== 0) {
      this.#rateDue =
        this.#begunAt + Math.max(BODY_RATE_GRACE_MS, Math.floor((received * 1_000) / this.#bytesPerSecond))
    }
    this.due = earliest(earliest(this.#wholeDue, this.#gapDue), this.#rateDue)
  }

  /** The clock that all this was reckoned from was behind by `ms`. */
  postpone(ms: number): void {
    this.readAt += ms
    this.#begunAt += ms
    if (this.#wholeDue !== 0) this.#wholeDue += ms
    if (this.#gapDue !== 0) this.#gapDue += ms
    if (this.#rateDue !== 0) this.#rateDue += ms
    this.due += ms
  }

  pause(now: number): void {
    if (!this.#isBegun || this.#pausedAt >= 0) return
    this.#pausedAt = now
    this.due = 0
  }

  /** The handler's own limit takes the place of all three, from now on; 0: no limit at all. */
  limit(ms: number, now: number): void {
    if (!this.#isBegun) return
    this.#gapMs = 0
    this.#gapDue = 0
    this.#bytesPerSecond = 0
    this.#rateDue = 0
    this.#wholeDue = ms === 0 ? 0 : now + ms
    this.readAt = now
    if (this.#pausedAt < 0) this.due = this.#wholeDue
    else if (ms !== 0) this.#pausedAt = now
  }

  /** Which deadline has passed. They all fire once. */
  take(now: number): BodyTimeout {
    this.due = 0
    if (this.#wholeDue !== 0 && now >= this.#wholeDue) return 'body'
    return this.#gapDue !== 0 && now >= this.#gapDue ? 'bodyGap' : 'slowBody'
  }

  #begin(now: number, options: ResolvedOptions): void {
    this.#isBegun = true
    this.#begunAt = now
    this.#gapMs = options.bodyGapTimeoutMs
    this.#gapDue = 0
    this.#bytesPerSecond = options.minBodyBytesPerSecond
    this.#rateDue = 0
    this.#wholeDue = options.bodyTimeoutMs === 0 ? 0 : now + options.bodyTimeoutMs
  }

  #resume(now: number): void {
    const pausedMs = now - this.#pausedAt
    this.#pausedAt = -1
    this.#begunAt += pausedMs
    if (this.#wholeDue !== 0) this.#wholeDue += pausedMs
  }
}

/** The earlier of two deadlines, of which 0 is none. */
export const earliest = (a: number, b: number): number => {
  if (a === 0) return b
  return b === 0 || a < b ? a : b
}
