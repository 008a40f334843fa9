import { createLogUpdate } from 'log-update'

/** Where a run says how far it is: one line that is drawn over on a terminal, a line after another elsewhere. */
export class LiveLine {
  readonly #update: ReturnType<typeof createLogUpdate> | null

  constructor(stream: NodeJS.WriteStream) {
    this.#update = stream.isTTY ? createLogUpdate(stream) : null
  }

  /** What is true now. @param share of the whole that is done, 0 to 1. */
  show(text: string, share: number): void {
    if (this.#update === null) process.stderr.write(`${text}\n`)
    else this.#update(`${bar(share)} ${text}`)
  }

  /** What stays. */
  log(text: string): void {
    this.#update?.clear()
    process.stderr.write(`${text}\n`)
  }

  /** Takes the line away. */
  end(): void {
    this.#update?.clear()
    this.#update?.done()
  }
}

const BAR_WIDTH = 24

const bar = (share: number): string => {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH)
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`
}
