/** Watches over one event loop by a counter that it increments. Time is a parameter. */
export class Heartbeat {
  #beat = -1
  #changedAt = 0
  #checkedAt = 0
  readonly #intervalMs: number

  /** `check` is called about every `intervalMs`. */
  constructor(intervalMs: number, now: number) {
    this.#intervalMs = intervalMs
    this.#changedAt = now
    this.#checkedAt = now
  }

  /** For how long the loop has stood still, ms; 0 when it has turned since the last check. */
  check(beat: number, now: number): number {
    // While the watcher itself did not run, nobody can say what the watched one did.
    this.#changedAt += Math.max(0, now - this.#checkedAt - 2 * this.#intervalMs)
    this.#checkedAt = now
    if (beat !== this.#beat) {
      this.#beat = beat
      this.#changedAt = now
    }
    return now - this.#changedAt
  }
}
