const SECOND_MS = 1_000

/**
 * The Date field's value (IMF-fixdate, RFC 9110, 5.6.7), rendered once per second instead of once per response. Equals
 * `new Date(nowMs).toUTCString()` for the years 0 to 9999.
 */
export class DateCache {
  value = ''
  /** The epoch second that `value` shows. */
  #second = Number.NaN

  /** Shows the second of `nowMs` (ms since the epoch). True when `value` changed; the clock may also be set back. */
  update(nowMs: number): boolean {
    const second = Math.floor(nowMs / SECOND_MS)
    if (second === this.#second) return false
    this.#second = second
    this.value = new Date(second * SECOND_MS).toUTCString()
    return true
  }
}
