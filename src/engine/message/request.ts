import { NovaError } from '../../errors.ts'
import { methodName } from '../../http/methods.ts'
import { type Exchange, type ExchangeHost, endedExchange } from './exchange.ts'
import type { Trailers } from './incoming-body.ts'
import { RequestBody } from './request-body.ts'
import { RequestHeaders } from './request-headers.ts'
import type { RequestTimeouts } from './request-timeouts.ts'

/** Where the path begins: behind scheme and authority in absolute-form (RFC 9112, 3.2.2), else at the start. */
const pathStart = (target: string): number => {
  if (target.startsWith('/')) return 0
  const scheme = target.indexOf('://')
  if (scheme < 0) return 0
  const rest = target.slice(scheme + 3)
  const length = rest.search(/[/?]/)
  return length < 0 ? target.length : scheme + 3 + length
}

/**
 * What a handler is asked. Everything is decoded when first touched. Valid until the exchange ends (response complete
 * and handler settled), across awaits; used later it throws EXCHANGE_ENDED.
 */
export class Request {
  readonly #exchange: Exchange
  readonly #generation: number

  constructor(exchange: Exchange) {
    this.#exchange = exchange
    this.#generation = exchange.generation
  }

  #live(): Exchange {
    if (this.#exchange.generation !== this.#generation) throw endedExchange()
    return this.#exchange
  }

  /** The method, as sent: 'GET', 'POST', ... */
  get method(): string {
    return methodName(this.#live().head.method)
  }

  /** The request target as sent, latin1 (RFC 9112, 3.2). */
  get target(): string {
    return this.#live().head.target()
  }

  /** The path of the target: up to the first '?', and without scheme and host in absolute-form. '*' for OPTIONS *. */
  get path(): string {
    const target = this.target
    const start = pathStart(target)
    const end = target.indexOf('?', start)
    if (end >= 0) return target.slice(start, end) || '/'
    return start === 0 ? target : target.slice(start) || '/'
  }

  /** Host and port the request is for: of an absolute or authority target (RFC 9112, 3.2.2), else the Host field. */
  get host(): string {
    const { head } = this.#live()
    if (head.isOriginForm) return head.host()
    const target = head.target()
    if (target === '*') return head.host()
    const start = target.indexOf('://')
    return start < 0 ? target : target.slice(start + 3, pathStart(target))
  }

  /** The query, parsed anew on each access; empty when there is none. */
  get query(): URLSearchParams {
    const target = this.target
    const start = target.indexOf('?')
    return new URLSearchParams(start < 0 ? '' : target.slice(start + 1))
  }

  /** '1.1' or '1.0'. */
  get httpVersion(): '1.0' | '1.1' {
    return this.#live().minor === 0 ? '1.0' : '1.1'
  }

  get headers(): RequestHeaders {
    return new RequestHeaders(this.#live())
  }

  /**
   * Aborts only when the client closes its side before the response is complete; `reason` says how. A client that merely
   * half-closes may still read: a handler that ignores the signal can answer it.
   */
  get signal(): AbortSignal {
    return this.#live().signal
  }

  /** The peer's IP address; empty on a unix socket. */
  get remoteAddress(): string {
    return this.#host().remoteAddress
  }

  /** The peer's port; 0 on a unix socket. */
  get remotePort(): number {
    return this.#host().remotePort
  }

  /** True over TLS. */
  get encrypted(): boolean {
    return this.#host().encrypted
  }

  /**
   * The body as it arrives, in chunks the reader owns; reading paces the client. Leaving the loop early discards the
   * rest. Empty without a body. @throws BODY_CONSUMED
   */
  get body(): AsyncIterable<Uint8Array> {
    return new RequestBody(this.#live())
  }

  /**
   * The whole body. Rejects with BODY_TOO_LARGE (413 when the handler lets it pass) beyond `limit` bytes, default
   * `maxBodyBytes`; CLIENT_CLOSED when the client went away; BODY_CONSUMED when read before.
   */
  bytes(options?: { limit?: number }): Promise<Buffer> {
    return this.#live().body.collect(options?.limit ?? this.#host().maxBodyBytes)
  }

  /** The whole body as UTF-8; as `bytes()`. */
  async text(options?: { limit?: number }): Promise<string> {
    const body = await this.bytes(options)
    return body.toString('utf8')
  }

  /** The whole body as JSON; as `bytes()`, and rejects with BODY_INVALID_JSON (400). */
  async json(options?: { limit?: number }): Promise<unknown> {
    const text = await this.text(options)
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw new NovaError('BODY_INVALID_JSON', undefined, { cause })
    }
  }

  /**
   * The fields behind a chunked body, once it was read to its end: lower-case names, repeated ones joined. Empty
   * without any. Rejects as `bytes()` when the body breaks off.
   */
  trailers(): Promise<Trailers> {
    return this.#live().body.trailers()
  }

  /**
   * Gives this exchange time of its own, in ms, each counted from this call and 0 for no limit; what is not named
   * stays, and so does every other clock of the connection. For long polls, event streams and slow uploads; may be
   * called again. @throws OPTION_INVALID
   */
  setTimeouts(timeouts: RequestTimeouts): void {
    this.#live().setTimeouts(timeouts)
  }

  #host(): ExchangeHost {
    return this.#live().host as ExchangeHost
  }
}
