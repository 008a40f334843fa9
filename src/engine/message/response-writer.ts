// The global `Buffer` is an accessor, which optimized code cannot see through.
import { Buffer } from 'node:buffer'
import { NovaError } from '../../errors.ts'
import { hasNoBody, statusLine } from '../../http/status.ts'
import type { HeadCache } from './head-cache.ts'
import { Output } from './output.ts'
import { type FieldValue, ResponseFields } from './response-fields.ts'
import { ResponseTrailers } from './response-trailers.ts'

/** How the end of the response body is told (RFC 9112, 6.3). */
const FRAMING_NONE = 0
const FRAMING_LENGTH = 1
const FRAMING_CHUNKED = 2
const FRAMING_CLOSE = 3

/** RFC 9110, 15.3.6: a 205 has no content, and says so. */
const RESET_CONTENT = 205

const OPEN = 0
const HEAD_WRITTEN = 1
const ENDED = 2
/** Answered by the engine, or the client is gone: what the handler still writes goes nowhere. */
const ABANDONED = 3

/** What the responses of a reactor share; the lines are rendered once a second. */
export interface CommonLines {
  /** `Date: ...\r\n` */
  dateLine: string
  /** `Keep-Alive: timeout=N\r\n`, or empty. */
  keepAliveLine: string
  readonly heads: HeadCache
}

/** What a response needs to know of its exchange and connection. */
export interface ResponseOwner {
  readonly lines: CommonLines
  /** The request was HEAD: the body is not sent (RFC 9110, 9.3.2). */
  readonly isHead: boolean
  /** 0 for an HTTP/1.0 client, which cannot read chunks. */
  readonly minor: number
  /** Whether the connection stays open after this response; the writer may only turn it off. */
  keepAlive: boolean
  /** The connection has to close after this response, for reasons of its own. */
  readonly mustClose: boolean
  /** Response bytes the client has not taken yet, beyond which writers should wait. */
  readonly isCongested: boolean
  onOutput(): void
}

export type Body = string | Uint8Array

/** Longer strings are measured by the runtime; for shorter ones the call costs more than the loop. */
const SHORT = 128

/** Bytes of `text` in UTF-8. */
export const utf8Length = (text: string): number => {
  const { length } = text
  if (length > SHORT) return Buffer.byteLength(text)
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(text)
  return length
}

/**
 * Bytes of the body on the wire. What a program hands over may come straight from a client's JSON, so an object that
 * merely has a `length` must not get as far as the transport.
 */
const byteLengthOf = (body: Body): number => {
  if (typeof body === 'string') return utf8Length(body)
  if (ArrayBuffer.isView(body) && body[Symbol.toStringTag] === 'Uint8Array') return body.length
  throw new NovaError('BODY_INVALID')
}

/** Serialises one response into its `output`. Pooled with its exchange; the owner flushes. */
export class ResponseWriter {
  readonly output = new Output()
  readonly fields = new ResponseFields()
  status = 200
  /** Bytes of body the handler has written, before framing. */
  bodyBytes = 0
  #state = OPEN
  #framing = FRAMING_NONE
  /** The Content-Length sent, when that is the framing. */
  #announced = 0
  #trailers: ResponseTrailers | null = null
  /** Told once when nobody is left to read. */
  onAbandoned: (() => void) | null = null
  /** Informational responses written so far. */
  informational = 0
  #waiters: { resolve: () => void; reject: (error: Error) => void }[] | null = null
  readonly #owner: ResponseOwner

  constructor(owner: ResponseOwner) {
    this.#owner = owner
  }

  reset(): void {
    this.output.clear()
    this.fields.reset()
    this.status = 200
    this.bodyBytes = 0
    this.#state = OPEN
    this.#framing = FRAMING_NONE
    this.#waiters = null
    this.#trailers = null
    this.informational = 0
    this.onAbandoned = null
  }

  get headSent(): boolean {
    return this.#state !== OPEN
  }

  get ended(): boolean {
    return this.#state >= ENDED
  }

  setStatus(status: number): void {
    this.#assertHeadOpen()
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new NovaError(
        'STATUS_INVALID',
        `The status must be an integer from 200 to 599; got ${String(status)}.`,
      )
    }
    this.status = status
  }

  setField(name: string, value: FieldValue): void {
    this.#assertHeadOpen()
    this.fields.set(name, value)
  }

  appendField(name: string, value: FieldValue): void {
    this.#assertHeadOpen()
    this.fields.append(name, value)
  }

  removeField(name: string): void {
    this.#assertHeadOpen()
    this.fields.remove(name)
  }

  /** Adds a field behind the body. */
  setTrailer(name: string, value: string | number): void {
    if (this.#state === ENDED) throw new NovaError('RESPONSE_ENDED')
    this.#trailers ??= new ResponseTrailers()
    this.#trailers.set(name, value)
  }

  /** Writes a 1xx response in front of the final one; nothing for HTTP/1.0 clients (RFC 9110, 15.2). */
  writeInformational(status: number, lines: string): void {
    this.#assertHeadOpen()
    if (this.#state === ABANDONED || this.#owner.minor === 0) return
    this.informational++
    this.output.appendText(`${statusLine(status)}${lines}\r\n`)
    this.#owner.onOutput()
  }

  /** Sends the head now, and the first bytes of a streamed body. False: wait for `drained()`. */
  write(chunk: Body): boolean {
    if (this.#state === ABANDONED) return false
    if (this.#state === ENDED) throw new NovaError('RESPONSE_ENDED')
    const length = byteLengthOf(chunk)
    if (this.#state === OPEN) {
      const announced = this.fields.contentLength
      if (announced >= 0 && length > announced) throw new NovaError('CONTENT_LENGTH_MISMATCH')
      this.#writeHead(announced, true)
    }
    this.#writeBody(chunk, length)
    this.#owner.onOutput()
    return !this.#owner.isCongested
  }

  /** Completes the response; with nothing streamed before, the body gets its Content-Length. */
  end(chunk?: Body): void {
    if (this.#state === ABANDONED) return
    if (this.#state === ENDED) throw new NovaError('RESPONSE_ENDED')
    const length = chunk === undefined ? 0 : byteLengthOf(chunk)
    if (this.#state === OPEN) {
      const announced = this.fields.contentLength
      // An answer to HEAD, or a 304, may announce a length it does not send (RFC 9110, 8.6).
      const mayDiffer = length === 0 && (this.#owner.isHead || this.status === 304)
      if (announced >= 0 && announced !== length && !mayDiffer) throw new NovaError('CONTENT_LENGTH_MISMATCH')
      this.#writeHead(announced >= 0 ? announced : length, chunk === undefined && this.status === 304)
    } else if (this.#framing === FRAMING_LENGTH && this.bodyBytes + length !== this.#announced) {
      throw new NovaError('CONTENT_LENGTH_MISMATCH')
    }
    if (length > 0) this.#writeBody(chunk as Body, length)
    if (this.#framing === FRAMING_CHUNKED && !this.#owner.isHead) {
      this.output.appendText(this.#trailers === null ? '0\r\n\r\n' : `0\r\n${this.#trailers.lines}\r\n`)
    }
    this.#state = ENDED
    this.onDrain()
    this.#owner.onOutput()
  }

  /** Somebody else serializes this response: from here on, its bytes come ready-made into `output`. */
  beginReady(status: number): void {
    if (this.#state !== OPEN) return
    this.status = status
    this.#state = HEAD_WRITTEN
  }

  /** The ready-made bytes are complete. */
  endReady(): void {
    if (this.#state === ABANDONED) return
    this.#state = ENDED
    this.onDrain()
    this.#owner.onOutput()
  }

  /** Nothing the handler still writes will be sent. */
  get isAbandoned(): boolean {
    return this.#state === ABANDONED
  }

  /** The handler failed before it sent a head: a plain answer takes the place of what it had prepared. */
  fail(status: number, text: string): void {
    this.fields.reset()
    this.fields.set('Content-Type', 'text/plain')
    this.status = status
    this.end(text)
    this.#state = ABANDONED
  }

  /** The engine answers instead of the handler: `text` is a complete response. Only before the head is sent. */
  answer(status: number, text: string, error: Error): void {
    this.abandon(error)
    this.status = status
    this.output.appendText(text)
  }

  /** Nobody will read this response any more. */
  abandon(error: Error): void {
    this.#state = ABANDONED
    this.output.clear()
    const waiters = this.#waiters
    this.#waiters = null
    if (waiters !== null) for (const waiter of waiters) waiter.reject(error)
    this.onAbandoned?.()
  }

  /** Resolves once the client has taken enough for writing to go on, or nothing is left to write; rejects when it went away. */
  drained(): Promise<void> {
    if (this.#state === ABANDONED) return Promise.reject(new NovaError('CLIENT_CLOSED'))
    if (this.#state === ENDED || !this.#owner.isCongested) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiters ??= []
      this.#waiters.push({ resolve, reject })
    })
  }

  /** The owner says there is room again. */
  onDrain(): void {
    const waiters = this.#waiters
    if (waiters === null) return
    this.#waiters = null
    for (const waiter of waiters) waiter.resolve()
  }

  #assertHeadOpen(): void {
    if (this.#state === HEAD_WRITTEN || this.#state === ENDED) throw new NovaError('HEAD_SENT')
  }

  /** `length` is the body's length, -1 when unknown; `bare` leaves a missing Content-Length out. */
  #writeHead(length: number, bare: boolean): void {
    const { fields, status } = this
    const owner = this.#owner
    if (fields.close || owner.mustClose) owner.keepAlive = false
    if (hasNoBody(status)) {
      this.#framing = FRAMING_NONE
      const isTold = status === 304 && fields.contentLength >= 0
      this.output.appendText(this.#renderHead(isTold ? `Content-Length: ${fields.contentLength}\r\n` : ''))
    } else if (status === RESET_CONTENT) {
      this.#framing = FRAMING_NONE
      this.output.appendText(this.#renderHead('Content-Length: 0\r\n'))
    } else if (length >= 0 && (!bare || fields.contentLength >= 0) && !this.#hasTrailers()) {
      this.#framing = FRAMING_LENGTH
      this.#announced = length
      this.output.appendText(this.#lengthHead(length))
    } else if (owner.minor >= 1) {
      this.#framing = FRAMING_CHUNKED
      const announcement = this.#trailers?.announcement ?? ''
      this.output.appendText(this.#renderHead(`Transfer-Encoding: chunked\r\n${announcement}`))
    } else {
      // HTTP/1.0 knows no chunks: the end of the connection ends the body (RFC 9112, 6.3 rule 8).
      this.#framing = FRAMING_CLOSE
      owner.keepAlive = false
      this.output.appendText(this.#renderHead(''))
    }
    this.#state = HEAD_WRITTEN
  }

  #hasTrailers(): boolean {
    return this.#trailers !== null && this.#owner.minor >= 1
  }

  /** The head of a body of known length, which is what most answers are. */
  #lengthHead(length: number): string {
    const { fields, status } = this
    const { dateLine, heads } = this.#owner.lines
    const persistenceLine = this.#persistenceLine()
    const known = heads.find(status, length, persistenceLine, dateLine, fields)
    if (known !== '') return known
    const head = this.#renderHead(`Content-Length: ${length}\r\n`)
    heads.keep(head, status, length, persistenceLine, dateLine, fields)
    return head
  }

  #renderHead(framingLine: string): string {
    const { fields } = this
    const dateLine = fields.hasDate ? '' : this.#owner.lines.dateLine
    return `${statusLine(this.status)}${dateLine}${fields.serialize()}${framingLine}${this.#persistenceLine()}\r\n`
  }

  #persistenceLine(): string {
    const owner = this.#owner
    if (!owner.keepAlive) return 'Connection: close\r\n'
    if (owner.minor === 0) return `Connection: keep-alive\r\n${owner.lines.keepAliveLine}`
    return owner.lines.keepAliveLine
  }

  #writeBody(chunk: Body, length: number): void {
    if (length === 0) return
    if (this.#framing === FRAMING_LENGTH && this.bodyBytes + length > this.#announced) {
      throw new NovaError('CONTENT_LENGTH_MISMATCH')
    }
    this.bodyBytes += length
    if (this.#owner.isHead || this.#framing === FRAMING_NONE) return
    const chunked = this.#framing === FRAMING_CHUNKED
    if (chunked) this.output.appendText(`${length.toString(16)}\r\n`)
    if (typeof chunk === 'string') this.output.appendUtf8(chunk, length)
    else this.output.appendBytes(chunk)
    if (chunked) this.output.appendText('\r\n')
  }
}
