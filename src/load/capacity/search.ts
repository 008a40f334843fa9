import type { Phase, Trial } from './trial.ts'

export interface SearchOptions {
  /** Loads between which is searched. */
  readonly min: number
  readonly max: number
  /** Search ends when the interval is narrower than this share of its lower end. */
  readonly precision: number
  /** Trials of one load at most; the majority decides. Odd. */
  readonly repeat: number
  /** Only whole loads. */
  readonly isWhole: boolean
}

export interface SearchOutcome {
  /** The highest load that was carried and confirmed; null when not even the lowest was. */
  readonly sustainable: number | null
  /** The lowest load that was not carried; null when all were. */
  readonly exceeded: number | null
  /** The trial that showed it. */
  readonly breach: Trial | null
  /** The long trial that confirmed `sustainable`. */
  readonly confirmation: Trial | null
}

/** Measures one load. Resolves with null when the search is to end. */
export type Measure = (load: number, phase: Phase) => Promise<Trial | null>

const RAMP_FACTOR = 2
const MAX_CONFIRMATIONS = 5

/** Ends the search from any depth. */
class Interrupted extends Error {}

/**
 * Finds the highest load that a target carries: doubles the load until it is too much, halves the interval, and
 * confirms what is left with longer trials. Time and target are `measure`'s.
 */
export class CapacitySearch {
  readonly #measure: Measure
  readonly #options: SearchOptions
  #low: number | null = null
  #high: number | null = null
  #breach: Trial | null = null
  #confirmation: Trial | null = null

  constructor(measure: Measure, options: SearchOptions) {
    this.#measure = measure
    this.#options = options
  }

  /** Resolves with what is known, also after an interruption. */
  async run(): Promise<SearchOutcome> {
    try {
      await this.#ramp()
      await this.#bisect()
      await this.#confirm()
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
    }
    return {
      sustainable: this.#low,
      exceeded: this.#high,
      breach: this.#breach,
      confirmation: this.#confirmation,
    }
  }

  async #ramp(): Promise<void> {
    const { min, max } = this.#options
    for (let load = min; ; load = Math.min(max, load * RAMP_FACTOR)) {
      if (!(await this.#isCarried(load, 'ramp'))) return
      if (load === max) return
    }
  }

  async #bisect(): Promise<void> {
    for (;;) {
      const [low, high] = [this.#low, this.#high]
      if (low === null || high === null || high - low <= this.#options.precision * low) return
      const middle = Math.sqrt(low * high)
      const load = this.#options.isWhole ? Math.round(middle) : middle
      if (load <= low || load >= high) return
      await this.#isCarried(load, 'bisect')
    }
  }

  /** Short trials can be lucky. */
  async #confirm(): Promise<void> {
    const { precision, isWhole, min } = this.#options
    for (let i = 0; i < MAX_CONFIRMATIONS && this.#low !== null; i++) {
      const load = this.#low
      const trial = await this.#tryOnce(load, 'confirm')
      if (trial.outcome === 'pass') {
        this.#confirmation = trial
        return
      }
      this.#exceed(load, trial)
      const lower = load * (1 - precision)
      const next = isWhole ? Math.min(load - 1, Math.round(lower)) : lower
      this.#low = next >= min ? next : null
    }
    this.#low = null
  }

  /** Asks as often as it takes one answer to be in the majority; a pass of the ramp is believed at once. */
  async #isCarried(load: number, phase: Phase): Promise<boolean> {
    const majority = Math.ceil(this.#options.repeat / 2)
    let passes = 0
    let failures = 0
    for (;;) {
      const trial = await this.#tryOnce(load, phase)
      if (trial.outcome === 'pass') passes++
      else failures++
      if (passes >= majority || (phase === 'ramp' && failures === 0)) {
        this.#low = load
        return true
      }
      if (failures >= majority) {
        this.#exceed(load, trial)
        return false
      }
    }
  }

  #exceed(load: number, trial: Trial): void {
    this.#high = load
    this.#breach = trial
  }

  async #tryOnce(load: number, phase: Phase): Promise<Trial> {
    const trial = await this.#measure(load, phase)
    if (trial === null) throw new Interrupted('The search was interrupted.')
    return trial
  }
}
