import type { Exchange } from './exchange.ts'
import { endedExchange } from './exchange.ts'
import { type FieldValue, informationalLines } from './response-fields.ts'
import { type BodySource, streamBody } from './response-stream.ts'
import type { Body, ResponseWriter } from './response-writer.ts'

/**
 * What a handler answers with. Valid until the exchange ends (response complete and handler settled); used later it
 * throws EXCHANGE_ENDED. When the client goes away first, writing turns into a no-op.
 */
export class Response {
  readonly #exchange: Exchange
  readonly #generation: number

  constructor(exchange: Exchange) {
    this.#exchange = exchange
    this.#generation = exchange.generation
  }

  #writer(): ResponseWriter {
    if (this.#exchange.generation !== this.#generation) throw endedExchange()
    return this.#exchange.response
  }

  /** The status code, 200 by default; 200 to 599. @throws STATUS_INVALID, HEAD_SENT */
  get status(): number {
    return this.#writer().status
  }

  set status(status: number) {
    this.#writer().setStatus(status)
  }

  /** True once the status line and fields are on their way and can no longer be changed. */
  get headSent(): boolean {
    return this.#writer().headSent
  }

  /** True once `end()` was called, or nobody is left to read the response. */
  get ended(): boolean {
    return this.#writer().ended
  }

  /**
   * Sets a field, replacing fields of that name; an array becomes repeated fields.
   * @throws FIELD_NAME_INVALID, FIELD_VALUE_INVALID (RFC 9110, 5.1 and 5.5), FRAMING_FIELD, HEAD_SENT
   */
  setHeader(name: string, value: FieldValue): this {
    this.#writer().setField(name, value)
    return this
  }

  /** Adds a field beside those of the same name, as Set-Cookie needs (RFC 9110, 5.3). */
  appendHeader(name: string, value: FieldValue): this {
    this.#writer().appendField(name, value)
    return this
  }

  /** The value of a field set before, repeated fields joined with ', '. */
  getHeader(name: string): string | undefined {
    return this.#writer().fields.get(name)
  }

  hasHeader(name: string): boolean {
    return this.getHeader(name) !== undefined
  }

  removeHeader(name: string): this {
    this.#writer().removeField(name)
    return this
  }

  /**
   * Streams a piece of the body: chunked, of the announced Content-Length, or until close for HTTP/1.0. Strings are
   * UTF-8. Byte arrays are borrowed until written. Returns false when the client reads too slowly: await `drained()`.
   * @throws RESPONSE_ENDED, CONTENT_LENGTH_MISMATCH
   */
  write(chunk: Body): boolean {
    return this.#writer().write(chunk)
  }

  /** Completes the response. @throws RESPONSE_ENDED, CONTENT_LENGTH_MISMATCH */
  end(chunk?: Body): void {
    this.#writer().end(chunk)
  }

  /** Resolves when writing may go on; rejects with CLIENT_CLOSED when the client went away. */
  drained(): Promise<void> {
    return this.#writer().drained()
  }

  /**
   * Streams what `source` yields at the client's pace and completes the response. Return or await the promise: it
   * rejects with what the source threw, or with CLIENT_CLOSED.
   */
  stream(source: BodySource): Promise<void> {
    this.#writer()
    return streamBody(this.#exchange, source)
  }

  /**
   * Adds a field behind a chunked body; dropped for HTTP/1.0. Set before the head, it is announced in `Trailer`.
   * @throws TRAILER_NOT_ALLOWED (RFC 9110, 6.5.1), FIELD_NAME_INVALID, FIELD_VALUE_INVALID, RESPONSE_ENDED
   */
  setTrailer(name: string, value: string | number): this {
    this.#writer().setTrailer(name, value)
    return this
  }

  /** Sends 100 (Continue) to a client that waits for it; reading the body does the same. */
  writeContinue(): void {
    this.#writer()
    this.#exchange.sendContinue()
  }

  /** Sends 102 (Processing): the answer takes long (RFC 2518, 10.1). Nothing for HTTP/1.0. @throws HEAD_SENT */
  writeProcessing(): void {
    this.#writer().writeInformational(102, '')
  }

  /** Sends 103 (Early Hints) with `fields`, as `{ link: '</style.css>; rel=preload' }` (RFC 8297). @throws HEAD_SENT */
  writeEarlyHints(fields: Readonly<Record<string, FieldValue>>): void {
    this.#writer().writeInformational(103, informationalLines(fields))
  }

  /** Breaks the connection off: the only way to tell the client that a body under way is not complete. */
  destroy(): void {
    this.#writer()
    this.#exchange.destroy()
  }
}
