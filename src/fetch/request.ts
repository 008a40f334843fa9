import type { Request as EngineRequest } from '../engine/message/request.ts'
import { standFor } from './delegation.ts'
import { announcesBody, bodyStream, owned } from './request-body.ts'
import { LazyHeaders } from './request-headers.ts'
import { urlOf } from './url.ts'

const unusable = (): TypeError => new TypeError('Body is unusable: Body has already been read')

const decoder = new TextDecoder()

const NO_BYTES = new Uint8Array(0)

const bytesOf = (buffer: ArrayBuffer): Uint8Array => new Uint8Array(buffer)

/**
 * A `Request` over the engine's own: method, URL, header look-ups and whole bodies are answered from there; anything
 * else makes the real one, which from then on answers for all. Method, URL, and whatever was touched while the exchange
 * lasted stay valid; what is touched first after its end throws EXCHANGE_ENDED.
 */
export class LazyRequest {
  readonly method: string
  readonly url: string
  readonly #source: EngineRequest
  #headers: LazyHeaders | null = null
  #native: Request | null = null
  /** Its body was read whole, without a stream. */
  #isRead = false

  /** @throws BAD_TARGET */
  constructor(source: EngineRequest) {
    this.#source = source
    this.method = source.method
    this.url = urlOf(source.target, source.host, source.encrypted)
  }

  get headers(): Headers {
    this.#headers ??= new LazyHeaders(this.#source.headers)
    return this.#headers as unknown as Headers
  }

  get signal(): AbortSignal {
    return this.#source.signal
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#native !== null || this.#hasBody() ? this.native.body : null
  }

  get bodyUsed(): boolean {
    return this.#isRead || (this.#native?.bodyUsed ?? false)
  }

  async text(): Promise<string> {
    return decoder.decode(await this.#bytes())
  }

  async json(): Promise<unknown> {
    return JSON.parse(decoder.decode(await this.#bytes()))
  }

  async bytes(): Promise<Uint8Array> {
    return owned(await this.#bytes())
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return owned(await this.#bytes()).buffer
  }

  /** The real one, made when first needed. */
  get native(): Request {
    if (this.#native !== null) return this.#native
    const { method, url, signal } = this
    const headers = (this.headers as unknown as LazyHeaders).native
    if (this.#isRead) {
      // A body that was read whole is as if its stream had been.
      this.#native = new Request(url, { method, headers, signal, body: '' })
      void this.#native.text()
    } else if (this.#hasBody()) {
      this.#native = new Request(url, {
        method,
        headers,
        signal,
        body: bodyStream(this.#source),
        duplex: 'half',
      })
    } else {
      this.#native = new Request(url, { method, headers, signal })
    }
    ;(this.headers as unknown as LazyHeaders).follow(this.#native.headers)
    return this.#native
  }

  /** The bodies of GET and HEAD mean nothing (RFC 9110, 9.3.1), and no Request can have them. */
  #hasBody(): boolean {
    return this.method !== 'GET' && this.method !== 'HEAD' && announcesBody(this.#source)
  }

  /** @throws TypeError, EXCHANGE_ENDED */
  #bytes(): Promise<Uint8Array> | Uint8Array {
    if (this.#isRead) throw unusable()
    if (this.#native !== null) return this.#native.arrayBuffer().then(bytesOf)
    if (!this.#hasBody()) return NO_BYTES
    this.#isRead = true
    return this.#source.bytes()
  }
}

/** The real Request behind `input`, if that is a lazy one. */
export const nativeRequestOf = <T>(input: T): T | Request =>
  input instanceof LazyRequest ? input.native : input

standFor(LazyRequest.prototype, Request.prototype, ['method', 'url'])
