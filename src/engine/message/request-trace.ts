import { methodName } from '../../http/methods.ts'
import { publishEnd, publishStart } from '../stats/channels.ts'
import type { RequestEvent } from '../stats/events.ts'
import type { Exchange, ExchangeHost } from './exchange.ts'
import { RequestHeaders } from './request-headers.ts'

/** What is told of a request once it is over. */
export interface TraceOwner {
  /** ms, monotonic. */
  now(): number
  onTraceEnd(trace: RequestTrace): void
}

/**
 * Follows one request through the engine. Made only when somebody wants to know, and never pooled: it outlives its
 * exchange, whose last bytes may wait in the kernel's queue, and belongs to whoever was told of it.
 */
export class RequestTrace implements RequestEvent {
  readonly connection: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly encrypted: boolean
  readonly method: string
  readonly target: string
  readonly httpVersion: '1.0' | '1.1'
  readonly headers: RequestHeaders
  readonly headReceivedAt: number
  handlerCalledAt: number
  answeredAt = -1
  headSentAt = -1
  endedAt = -1
  status = 0
  bytesWritten = 0
  isComplete = false
  error: unknown = null
  readonly #owner: TraceOwner
  readonly #isPublished: boolean

  /** `isPublished`: not only measured. */
  constructor(owner: TraceOwner, exchange: Exchange, isPublished: boolean) {
    const host = exchange.host as ExchangeHost
    this.connection = host.id
    this.remoteAddress = host.remoteAddress
    this.remotePort = host.remotePort
    this.encrypted = host.encrypted
    this.method = isPublished ? methodName(exchange.head.method) : ''
    this.target = isPublished ? exchange.head.target() : ''
    this.httpVersion = exchange.minor === 0 ? '1.0' : '1.1'
    this.headers = new RequestHeaders(exchange)
    this.headReceivedAt = owner.now()
    // One that need not wait is called at once.
    this.handlerCalledAt = exchange.isHeld ? -1 : this.headReceivedAt
    this.#owner = owner
    this.#isPublished = isPublished
  }

  /** Has the request handled. */
  start(dispatcher: { dispatch(exchange: Exchange): unknown }, exchange: Exchange): unknown {
    if (this.handlerCalledAt < 0) this.handlerCalledAt = this.#owner.now()
    return this.#isPublished ? publishStart(this, dispatcher, exchange) : dispatcher.dispatch(exchange)
  }

  /** The response is complete. */
  onAnswered(): void {
    if (this.answeredAt < 0) this.answeredAt = this.#owner.now()
  }

  /** The last byte has left, or with `error`: it never will. Called again, it does nothing. */
  end(now: number, error: unknown): void {
    if (this.endedAt >= 0) return
    this.endedAt = now
    this.isComplete = error === null
    this.error ??= error
    // The handler was never called: nothing was told of it.
    if (this.handlerCalledAt < 0) return
    this.#owner.onTraceEnd(this)
    if (this.#isPublished) publishEnd(this)
  }
}
