/** A repeating call. Created stopped; start and stop may be repeated, and starting a running ticker changes nothing. */
export interface Ticker {
  readonly isRunning: boolean
  start(): void
  stop(): void
}

/** Time as a parameter: everything that waits, expires or dates takes one of these, so that tests own the time. */
export interface Clock {
  /** Monotonic ms, with fractions; only differences mean something. */
  now(): number
  /** Ms since the epoch; may jump when the system clock is set. */
  wallNow(): number
  /** Calls `callback` every `ms` ms while started. A ticker alone never keeps the process alive. */
  every(ms: number, callback: () => void): Ticker
}

class IntervalTicker implements Ticker {
  readonly #ms: number
  readonly #callback: () => void
  #interval: NodeJS.Timeout | null = null

  constructor(ms: number, callback: () => void) {
    this.#ms = ms
    this.#callback = callback
  }

  get isRunning(): boolean {
    return this.#interval !== null
  }

  start(): void {
    if (this.#interval !== null) return
    this.#interval = setInterval(this.#callback, this.#ms)
    // Deadlines matter only while a socket is open, and that holds the process by itself.
    this.#interval.unref()
  }

  stop(): void {
    if (this.#interval === null) return
    clearInterval(this.#interval)
    this.#interval = null
  }
}

/** The machine's time. A blocked event loop delays its tickers; missed ticks are not made up for. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  every: (ms, callback) => new IntervalTicker(ms, callback),
}
