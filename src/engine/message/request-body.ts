import { type Exchange, endedExchange } from './exchange.ts'
import type { IncomingBody } from './incoming-body.ts'

const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined })

/**
 * The body of a request as it arrives. Valid as long as its request; used later it rejects with EXCHANGE_ENDED, where
 * the pooled body behind it would go on with another client's bytes.
 */
export class RequestBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #exchange: Exchange
  readonly #generation: number

  constructor(exchange: Exchange) {
    this.#exchange = exchange
    this.#generation = exchange.generation
  }

  #body(): IncomingBody | null {
    return this.#exchange.generation === this.#generation ? this.#exchange.body : null
  }

  [Symbol.asyncIterator](): this {
    const body = this.#body()
    if (body === null) throw endedExchange()
    body.iterate()
    return this
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    return this.#body()?.next() ?? Promise.reject(endedExchange())
  }

  /** Leaving a `for await` early discards the rest. */
  return(): Promise<IteratorReturnResult<undefined>> {
    this.#body()?.leave()
    return Promise.resolve(DONE)
  }
}
