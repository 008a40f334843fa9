import type { ResolvedOptions } from '../../options.ts'
import { earliest } from './body-clock.ts'

/** How long a reader is watched before it is called slow, ms. */
export const DRAIN_WINDOW_MS = 10_000

/** What a transport knows of the bytes that wait in it. */
export interface Outflow {
  readonly pendingBytes: number
  /** It will say when they have left. */
  readonly needsDrain: boolean
  /** Grows with every byte the peer takes. */
  readonly takenBytes: number
}

/**
 * Whether the peer takes what waits for it. It is `write`-timed out when it takes nothing for writeTimeoutMs, and a
 * `slowReader` when, over a window in which it did take something, that was less than minDrainBytesPerSecond and less
 * than what waited when the window began. Times are ms on the wheel's clock, 0 means none.
 */
export class WriteClock {
  /** The earlier of both deadlines, 0 when none is set. */
  due = 0
  /** The handler's own writeTimeoutMs, which switches the floor off; -1 for the options' rule. */
  limitMs = -1
  /** When one of the deadlines was last set. */
  startedAt = 0
  /** When bytes began to wait, exactly; -1 when none do. */
  stalledAt = -1
  #stallDue = 0
  #stallTaken = 0
  #windowDue = 0
  #windowTaken = 0
  #windowPending = 0

  get isRunning(): boolean {
    return this.#stallDue !== 0 || this.#windowDue !== 0
  }

  /** Bytes wait. Writing more is not progress: a producer that never stops must not keep a dead client alive. */
  start(outflow: Outflow, now: number, options: ResolvedOptions): void {
    if (this.isRunning) return
    this.#startStall(outflow, now, options)
    this.#startWindow(outflow, now, options)
    this.due = earliest(this.#stallDue, this.#windowDue)
  }

  /** The clock that this was reckoned from was behind by `ms`. */
  postpone(ms: number): void {
    this.startedAt += ms
    if (this.#stallDue !== 0) this.#stallDue += ms
    if (this.#windowDue !== 0) this.#windowDue += ms
    this.due += ms
  }

  /** Nothing waits any more. */
  stop(): void {
    this.due = 0
    this.#stallDue = 0
    this.#windowDue = 0
    this.limitMs = -1
  }

  /** The handler's own limit: what waits now has this long. */
  limit(ms: number, outflow: Outflow, now: number, options: ResolvedOptions): void {
    const wasRunning = this.isRunning
    this.stop()
    this.limitMs = ms
    if (wasRunning) this.start(outflow, now, options)
  }

  /** A deadline has come: what is wrong with the peer, or null and the next deadline is set. */
  check(outflow: Outflow, now: number, options: ResolvedOptions): 'write' | 'slowReader' | null {
    const { takenBytes, pendingBytes } = outflow
    if (pendingBytes === 0) {
      this.stop()
      return null
    }
    if (this.#stallDue !== 0 && now >= this.#stallDue) {
      if (takenBytes <= this.#stallTaken) return 'write'
      this.#startStall(outflow, now, options)
    }
    if (this.#windowDue !== 0 && now >= this.#windowDue) {
      const taken = takenBytes - this.#windowTaken
      const windowMs = now - this.#windowDue + DRAIN_WINDOW_MS
      // Taking nothing at all is for the other clock to judge, which is more patient.
      const isBehind = taken > 0 && taken < this.#windowPending
      if (isBehind && taken * 1_000 < options.minDrainBytesPerSecond * windowMs) return 'slowReader'
      this.#startWindow(outflow, now, options)
    }
    this.due = earliest(this.#stallDue, this.#windowDue)
    return null
  }

  #startStall({ takenBytes }: Outflow, now: number, { writeTimeoutMs }: ResolvedOptions): void {
    this.startedAt = now
    const ms = this.limitMs < 0 ? writeTimeoutMs : this.limitMs
    this.#stallTaken = takenBytes
    this.#stallDue = ms === 0 ? 0 : now + ms
  }

  #startWindow(outflow: Outflow, now: number, { minDrainBytesPerSecond }: ResolvedOptions): void {
    if (minDrainBytesPerSecond === 0 || this.limitMs >= 0) return
    this.startedAt = now
    this.#windowTaken = outflow.takenBytes
    this.#windowPending = outflow.pendingBytes
    this.#windowDue = now + DRAIN_WINDOW_MS
  }
}
