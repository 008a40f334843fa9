import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { pinned } from './processes.ts'

const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url))

interface Quantiles {
  readonly p50Ms: number
  readonly p99Ms: number
}

/** How long requests were with the server: as its model wanted it, as it was, and the difference. */
export interface ServerTimes {
  readonly wanted: Quantiles
  readonly real: Quantiles
  readonly late: Quantiles
}

/** A server of server.mjs in a process of its own, on core 0, for the running test. */
export class Model {
  readonly url: string
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string>

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: AsyncIterator<string>,
    port: number,
  ) {
    this.#child = child
    this.#lines = lines
    this.url = `http://127.0.0.1:${port}/`
  }

  static async start(...model: (string | number)[]): Promise<Model> {
    const [file = '', ...args] = pinned(0, [process.execPath, SERVER, ...model.map(String)])
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => {
      child.stdin.end()
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    return new Model(child, lines, Number((await lines.next()).value))
  }

  /** Since it was asked last. */
  async times(): Promise<ServerTimes> {
    this.#child.stdin.write('\n')
    return JSON.parse((await this.#lines.next()).value) as ServerTimes
  }
}
