import type { IncomingMessage } from 'node:http'
import type { Exchange } from '../engine/message/exchange.ts'
import type { BodySink, Trailers } from '../engine/message/incoming-body.ts'
import type { IncomingInternals } from './native.ts'

/** Moves a request's body from its exchange into the IncomingMessage, which says when it has enough. */
export class RequestFeed implements BodySink {
  readonly #request: IncomingMessage & IncomingInternals
  #exchange: Exchange | null
  readonly #generation: number

  constructor(request: IncomingMessage & IncomingInternals, exchange: Exchange) {
    this.#request = request
    this.#exchange = exchange
    this.#generation = exchange.generation
    exchange.body.feed(this)
  }

  onBodyChunk(chunk: Buffer): boolean {
    const request = this.#request
    return request._dumped || request.push(chunk)
  }

  onBodyEnd(_trailers: Trailers, rawTrailers: readonly string[]): void {
    this.#exchange = null
    const request = this.#request
    request.complete = true
    if (rawTrailers.length > 0) request._addHeaderLines([...rawTrailers], rawTrailers.length)
    request.push(null)
  }

  onBodyFailed(): void {
    // As in Node, requests are aborted when their socket is closed, not before.
    this.#exchange = null
  }

  /** The reader wants more. */
  resume(): void {
    const exchange = this.#exchange
    if (exchange !== null && exchange.generation === this.#generation) exchange.body.resume()
  }
}
