import { setTimeout as delay } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { RawClient } from '../clients/raw-client.ts'

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a good client\r\nAccept: */*\r\n\r\n'

/** Keep-alive clients that ask at a steady pace, and check every answer. */
export class GoodClients {
  readonly #clients: readonly RawClient[]

  constructor(port: number, count: number) {
    this.#clients = Array.from({ length: count }, () => new RawClient(port))
    onTestFinished(() => this.close())
  }

  /** Each client asks once. */
  async askOnce(): Promise<void> {
    await Promise.all(this.#clients.map(ask))
  }

  /**
   * Each client asks every `everyMs` for `forMs`. Returns how long the answers took, ms: from the moment the request was
   * due, when the answer before it came too late for that (so that a stall counts for all it has held up).
   */
  async askFor(forMs: number, everyMs: number): Promise<number[]> {
    const start = performance.now()
    const times = await Promise.all(
      this.#clients.map(async (client, i) => {
        const took: number[] = []
        let isLate = false
        for (let due = start + (i * everyMs) / this.#clients.length; due < start + forMs; due += everyMs) {
          const early = due - performance.now()
          if (early > 0) await delay(early)
          const from = isLate ? due : performance.now()
          await ask(client)
          const now = performance.now()
          took.push(now - from)
          isLate = now > due + everyMs
        }
        return took
      }),
    )
    return times.flat()
  }

  close(): void {
    for (const client of this.#clients) client.close()
  }
}

const ask = async (client: RawClient): Promise<void> => {
  client.send(REQUEST)
  const { status, body } = await client.answer()
  if (status !== 200 || body !== 'Hello, World!') throw new Error(`A good client got ${status} ${body}`)
}

/** The value below which `share` of `values` lie. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
