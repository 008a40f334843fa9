import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

/** A Node program that runs beside the test and is killed with it. */
export class Program {
  /** 128 or more does not occur: a program that dies of a signal resolves to null. */
  readonly exitCode: Promise<number | null>
  /** Everything it said on stderr. */
  errors = ''
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(file: string, env: Record<string, string> = {}, args: readonly string[] = []) {
    const child = spawn(process.execPath, [file, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.exitCode = once(child, 'close').then(([code]) => code as number | null)
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text
    })
    onTestFinished(() => {
      child.kill('SIGKILL')
    })
  }

  /** The next line on stdout; what stderr said when there is none. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error(`The program ended: ${this.errors}`)
    return value
  }

  /** Every further line on stdout, until it ends. */
  async rest(): Promise<string[]> {
    const lines: string[] = []
    for (let next = await this.#lines.next(); next.done !== true; next = await this.#lines.next()) {
      lines.push(next.value)
    }
    return lines
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }
}
