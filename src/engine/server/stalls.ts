/** The latest stalls that are remembered. */
const REMEMBERED = 64

/**
 * When the event loop was blocked. The wheel's clock stands still meanwhile, so what a blocked turn arms is reckoned
 * from a time long past and would fire too early; with the stall looked up, its deadline is put off instead. Nothing
 * has to read the clock for that but the ticker.
 */
export class Stalls {
  readonly #froms: number[] = []
  readonly #lengths: number[] = []

  /** The wheel's clock stood at `from` for `ms` longer than a tick. */
  record(from: number, ms: number): void {
    if (this.#froms.length === REMEMBERED) {
      this.#froms.shift()
      this.#lengths.shift()
    }
    this.#froms.push(from)
    this.#lengths.push(ms)
  }

  /** The length of the stall that began at `from`, 0 when there was none. */
  after(from: number): number {
    const index = this.#froms.lastIndexOf(from)
    return index < 0 ? 0 : (this.#lengths[index] as number)
  }
}
