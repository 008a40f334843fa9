import { setTimeout as wait } from 'node:timers/promises'
import { Pool } from 'undici'

/** What became of the requests. */
export interface ClientReport {
  /** The path of each, all different. */
  readonly sent: string[]
  /** How many answers had which status. */
  readonly statuses: Record<string, number>
  /** How many requests ended in an error of their socket instead. */
  readonly errors: Record<string, number>
  /** Answers that belong to another request. */
  readonly wrong: string[]
}

const CLIENTS = 32
const MAX_PAUSE_MS = 150
/** Every so many requests take a while, or have a connection of their own. */
const SLOW = 10
const ALONE = 8

const count = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1
}

/** Clients that ask until they are stopped: GET and POST, on connections they keep and on new ones. Nothing is asked twice. */
export class Clients {
  readonly report: ClientReport = { sent: [], statuses: {}, errors: {}, wrong: [] }
  readonly #pausing: number
  readonly #pool: Pool
  readonly #ended: Promise<unknown>
  #isStopping = false

  /** Every so many clients pause between two requests, so that connections lie idle. */
  constructor(port: number, pausing: number) {
    this.#pausing = pausing
    this.#pool = new Pool(`http://127.0.0.1:${port}`, { connections: CLIENTS, pipelining: 1 })
    this.#ended = Promise.all(Array.from({ length: CLIENTS }, (_, i) => this.#live(i)))
  }

  async stop(): Promise<ClientReport> {
    this.#isStopping = true
    await this.#ended
    await this.#pool.close()
    return this.report
  }

  async #live(client: number): Promise<void> {
    for (let n = 0; !this.#isStopping; n++) {
      await this.#ask(`/count/${client}-${n}${n % SLOW === 0 ? '/slow' : ''}`, n)
      if (client % this.#pausing === 0) await wait(Math.random() * MAX_PAUSE_MS)
    }
  }

  async #ask(path: string, n: number): Promise<void> {
    const { sent, statuses, errors, wrong } = this.report
    const method = n % 2 === 0 ? 'GET' : 'POST'
    const content = method === 'GET' ? '' : `content of ${path}`
    sent.push(path)
    try {
      const { statusCode, body } = await this.#pool.request({
        ...{ path, method, reset: n % ALONE === 0 },
        ...(method === 'POST' ? { body: content } : {}),
      })
      const answer = await body.text()
      count(statuses, String(statusCode))
      if (statusCode === 200 && answer !== `${method} ${path} ${content}`) wrong.push(`${path}: ${answer}`)
    } catch (error) {
      count(errors, (error as NodeJS.ErrnoException).code ?? String(error))
    }
  }
}
