/**
 * How late the event loop runs, judged by how late its ticks come. Rises at once, and falls by a sixteenth of
 * the difference per tick, so that a loop that has just caught up is not flooded again at once.
 */
export class LoopDelay {
  /** Ms, smoothed. */
  ms = 0
  #tickedAt = 0
  readonly #tickMs: number

  constructor(tickMs: number) {
    this.#tickMs = tickMs
  }

  /** The ticker starts; time before does not count. */
  restart(now: number): void {
    this.ms = 0
    this.#tickedAt = now
  }

  /** A tick. Returns how late it is, ms. */
  tick(now: number): number {
    const late = Math.max(0, now - this.#tickedAt - this.#tickMs)
    this.#tickedAt = now
    this.ms = late >= this.ms ? late : this.ms - (this.ms - late) / 16
    return late
  }
}
