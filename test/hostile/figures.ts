interface Figure {
  readonly what: string
  readonly value: string
  readonly wanted: string
  readonly isGood: boolean
}

const MIB = 1_048_576

export const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`
export const ms = (value: number): string => `${value.toFixed(2)} ms`

/** What an attack at full size has measured, and whether that is what was wanted. */
export class Figures {
  readonly #figures: Figure[] = []

  /** Something to know. */
  note(what: string, value: string | number): void {
    this.#figures.push({ what, value: String(value), wanted: '', isGood: true })
  }

  /** Something that has to be. */
  judge(what: string, value: string | number, wanted: string, isGood: boolean): void {
    this.#figures.push({ what, value: String(value), wanted, isGood })
  }

  /** Sentences for what is not as it has to be. */
  get failures(): string[] {
    return this.#figures
      .filter(({ isGood }) => !isGood)
      .map(({ what, value, wanted }) => `${what}: ${value}, wanted ${wanted}`)
  }

  toString(): string {
    const widths = [
      Math.max(...this.#figures.map(({ what }) => what.length)),
      Math.max(...this.#figures.map(({ value }) => value.length)),
      Math.max(...this.#figures.map(({ wanted }) => wanted.length)),
    ] as const
    return this.#figures
      .map(({ what, value, wanted, isGood }) => {
        const verdict = wanted === '' ? '' : isGood ? 'ok' : 'FAILED'
        const columns = [what.padEnd(widths[0]), value.padStart(widths[1]), wanted.padEnd(widths[2]), verdict]
        return columns.join('  ').trimEnd()
      })
      .join('\n')
  }
}
