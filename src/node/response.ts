import { Buffer } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange } from '../engine/message/exchange.ts'
import { BODY_ARRIVING } from '../engine/message/incoming-body.ts'
import type { Output } from '../engine/message/output.ts'
import { utf8Length } from '../engine/message/response-writer.ts'
import { isAsciiHead, plainHead } from './head-text.ts'
import type { HttpConnection } from './http-connection.ts'
import type { Fields } from './layout.ts'
import { ResponseMaker, type ResponseOptions } from './light-response.ts'
import {
  isUnpatched,
  NativeResponse,
  nativeEnd,
  nativeFinish,
  nativeImplicitHeader,
  nativeSetHeader,
  nativeWriteHead,
  type OutgoingInternals,
} from './native.ts'
import type { HttpRequest } from './request.ts'
import { setHeader } from './set-header.ts'
import { makeDictionary } from './swapped-prototypes.ts'
import { CONNECTION, EXCHANGE, HAS_OWN_TICK } from './symbols.ts'
import { writeHead } from './write-head.ts'

export type HttpResponse = ServerResponse<IncomingMessage> &
  OutgoingInternals & {
    req: HttpRequest
    [EXCHANGE]: Exchange | null
    [CONNECTION]: HttpConnection
    [HAS_OWN_TICK]: boolean
  }

export type ResponseClass = new (request: IncomingMessage, options: ResponseOptions) => ServerResponse

const NativeClass = NativeResponse as unknown as ResponseClass

/** Makes the ServerResponse of an exchange. */
export const makeResponse = (
  connection: HttpConnection,
  request: HttpRequest,
  exchange: Exchange,
): HttpResponse => {
  const { dropIn } = connection
  const { Response, responseOptions: options } = dropIn
  const isPlain = Response === NativeClass && exchange.minor === 1 && !dropIn.isObserved && isUnpatched()
  let response: HttpResponse
  if (ResponseMaker !== null && isPlain) {
    response = new ResponseMaker(request, exchange, connection, options, METHODS) as HttpResponse
    // Listeners are removed again: from an object that is no dictionary yet, that costs five times as much.
    if (dropIn.isListened) response._events = Object.create(null)
  } else {
    response = constructResponse(new Response(request, options) as HttpResponse, exchange, connection)
  }
  if (dropIn.swapsPrototypes) makeDictionary(response as unknown as Fields)
  response.shouldKeepAlive = exchange.keepAlive
  if (exchange.isHead) response._hasBody = false
  return response
}

/** Made by the class that the program gave, or has changed: whatever that has replaced stays. */
const constructResponse = (
  response: HttpResponse,
  exchange: Exchange,
  connection: HttpConnection,
): HttpResponse => {
  response[EXCHANGE] = exchange
  response[CONNECTION] = connection
  response[HAS_OWN_TICK] = false
  response._finish = METHODS._finish
  if ((response.setHeader as unknown) === nativeSetHeader) response.setHeader = METHODS.setHeader
  if ((response.writeHead as unknown) === nativeWriteHead) response.writeHead = METHODS.writeHead
  if ((response.end as unknown) === nativeEnd) response.end = METHODS.end
  return response
}

/**
 * While the server drains, an answer closes its connection if no other waits behind it; that is known when its head is
 * made, which is when Node asks.
 */
export const closeWhenLast = (response: HttpResponse): void => {
  let { shouldKeepAlive } = response
  Object.defineProperty(response, 'shouldKeepAlive', {
    configurable: true,
    enumerable: true,
    get: () => {
      const exchange = response[EXCHANGE]
      return shouldKeepAlive && !(exchange?.host?.isLast(exchange) ?? false)
    },
    set: (value: boolean) => {
      shouldKeepAlive = value
    },
  })
}

/** Node calls it when it has given everything to the socket. */
function finishResponse(this: HttpResponse): void {
  nativeFinish.call(this)
  if (this[EXCHANGE] === null) return
  completeResponse(this)
  this.prependOnceListener('finish', onNativeFinish)
}

function onNativeFinish(this: HttpResponse): void {
  this[CONNECTION].onFinished(this)
}

/** The engine has every byte of the response. */
const completeResponse = (response: HttpResponse): void => {
  const exchange = response[EXCHANGE] as Exchange
  response[EXCHANGE] = null
  const { body } = exchange
  if (response._last) {
    exchange.keepAlive = false
    // The connection closes without waiting for the rest.
    if (body.state === BODY_ARRIVING) body.leave()
  }
  exchange.response.beginReady(response.statusCode)
  response[CONNECTION].onComplete(exchange)
  exchange.response.endReady()
}

type Chunk = string | Uint8Array | null | undefined

const lengthOf = (chunk: Chunk): number => {
  if (!chunk) return 0
  return typeof chunk === 'string' ? utf8Length(chunk) : chunk.byteLength
}

const isUtf8 = (encoding: unknown): boolean => encoding == null || encoding === 'utf8' || encoding === 'utf-8'

/** Whether `endResponse` may do Node's work: one piece, nothing queued, and every earlier answer is with the engine. */
const canEndAtOnce = (response: HttpResponse, chunk: unknown, encoding: unknown): boolean => {
  const exchange = response[EXCHANGE]
  if (exchange === null || response.finished || response.destroyed || response._headerSent) return false
  if (response.outputSize !== 0 || response.strictContentLength) return false
  if (response[CONNECTION].dropIn.isObserved || !isUnpatched()) return false
  // Since Node 22 the chunks of a corked response wait in the response, not in its output.
  if (response._header !== null && response.chunkedEncoding && response.writableCorked > 0) return false
  if (chunk != null && !(typeof chunk === 'string' ? isUtf8(encoding) : chunk instanceof Uint8Array))
    return false
  const { previous } = exchange
  return (previous === null || previous.response.ended) && !exchange.response.isAbandoned
}

const endNatively = (response: HttpResponse, ...args: unknown[]): HttpResponse =>
  (nativeEnd as (...args: unknown[]) => HttpResponse).apply(response, args)

/** `end()` for a whole answer: what Node would write in several pieces through a stream becomes one string. */
function endResponse(
  this: HttpResponse,
  chunk?: unknown,
  encoding?: unknown,
  callback?: unknown,
): HttpResponse {
  if (typeof chunk === 'function' || typeof encoding === 'function' || !canEndAtOnce(this, chunk, encoding)) {
    return endNatively(this, chunk, encoding, callback)
  }
  const length = lengthOf(chunk as Chunk)
  if (!prepareHead(this, chunk as Chunk, length)) return endNatively(this, chunk, encoding, callback)
  if (typeof callback === 'function') this.once('finish', callback as () => void)
  const exchange = this[EXCHANGE] as Exchange
  writeWhole(this, exchange.response.output, chunk as Chunk, length)
  this._headerSent = true
  this.finished = true
  if (this._eventsCount > 0) this.emit('prefinish')
  completeResponse(this)
  this[CONNECTION].finishLater(this)
  return this
}

/** False: the answer is left to Node after all. */
const prepareHead = (response: HttpResponse, chunk: Chunk, length: number): boolean => {
  if (!response._header) {
    response._contentLength = length
    if (response.writeHead === METHODS.writeHead && response._implicitHeader === nativeImplicitHeader) {
      const { lines } = response[EXCHANGE] as Exchange
      response._header = plainHead(response, response.statusCode, null, length, lines) || null
    }
    // Whoever replaced writeHead wants to see, and change, what is sent.
    if (!response._header) response._implicitHeader()
  }
  // Node decides what a body means to a response that must not have one.
  return (
    !!response._header && (response._hasBody || !chunk) && response[EXCHANGE] !== null && !response.finished
  )
}

const writeWhole = (response: HttpResponse, output: Output, chunk: Chunk, length: number): void => {
  const header = response._header as string
  const isChunked = response.chunkedEncoding && response._hasBody
  const end = isChunked ? `0\r\n${response._trailer}\r\n` : ''
  if (!chunk || chunk.length === 0) {
    output.appendText(header + end)
    return
  }
  if (typeof chunk === 'string' && !isChunked) {
    // Head and text leave in one string, and so in one encoding, as from Node.
    const text = header + chunk
    const isAscii = isAsciiHead(header) && length === chunk.length
    output.appendUtf8(text, isAscii ? text.length : Buffer.byteLength(text))
    return
  }
  output.appendText(isChunked ? `${header}${length.toString(16)}\r\n` : header)
  if (typeof chunk === 'string') output.appendUtf8(chunk, length)
  else output.appendBytes(chunk)
  if (isChunked) output.appendText(`\r\n${end}`)
}

/** The last event of a response. */
export const emitClose = (response: HttpResponse): void => {
  if (response._closed) return
  response.destroyed = true
  response._closed = true
  if (response._eventsCount > 0) response.emit('close')
}

/** Behind 'finish', in a tick of its own when somebody listens. */
export const closeLater = (response: HttpResponse): void => {
  if (response._eventsCount > 0) process.nextTick(emitClose, response)
  else emitClose(response)
}

/** Own methods of every response, because frameworks swap the prototypes of responses. */
const METHODS = {
  end: endResponse as unknown as HttpResponse['end'],
  setHeader: setHeader as unknown as HttpResponse['setHeader'],
  writeHead: writeHead as unknown as HttpResponse['writeHead'],
  _finish: finishResponse,
}
