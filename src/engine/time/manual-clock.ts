import type { Clock, Ticker } from './clock.ts'

class ManualTicker implements Ticker {
  readonly ms: number
  readonly callback: () => void
  dueMs = 0
  readonly #clock: ManualClock
  readonly #running: Set<ManualTicker>

  constructor(clock: ManualClock, running: Set<ManualTicker>, ms: number, callback: () => void) {
    this.#clock = clock
    this.#running = running
    this.ms = ms
    this.callback = callback
  }

  get isRunning(): boolean {
    return this.#running.has(this)
  }

  start(): void {
    if (this.isRunning) return
    this.dueMs = this.#clock.now() + this.ms
    this.#running.add(this)
  }

  stop(): void {
    this.#running.delete(this)
  }
}

/** A clock that stands still until it is told to move, for tests and simulations. */
export class ManualClock implements Clock {
  #nowMs: number
  #wallMs: number
  readonly #running = new Set<ManualTicker>()

  /** Both in ms; the epoch value defaults to the start of 2000. */
  constructor(nowMs = 0, wallMs = 946_684_800_000) {
    this.#nowMs = nowMs
    this.#wallMs = wallMs
  }

  now(): number {
    return this.#nowMs
  }

  wallNow(): number {
    return this.#wallMs
  }

  every(ms: number, callback: () => void): Ticker {
    return new ManualTicker(this, this.#running, ms, callback)
  }

  /** Moves both times by `ms` and fires each due ticker at its own moment, in order; ties in order of starting. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms
    for (let ticker = this.#nextDue(endMs); ticker !== null; ticker = this.#nextDue(endMs)) {
      this.#moveTo(ticker.dueMs)
      ticker.dueMs += ticker.ms
      ticker.callback()
    }
    this.#moveTo(endMs)
  }

  #moveTo(nowMs: number): void {
    this.#wallMs += nowMs - this.#nowMs
    this.#nowMs = nowMs
  }

  #nextDue(endMs: number): ManualTicker | null {
    let next: ManualTicker | null = null
    for (const ticker of this.#running) {
      if (ticker.dueMs <= endMs && (next === null || ticker.dueMs < next.dueMs)) next = ticker
    }
    return next
  }
}
