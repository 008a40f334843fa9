import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Exchange } from '../engine/message/exchange.ts'
import { BODY_ABSENT } from '../engine/message/incoming-body.ts'
import { methodName } from '../http/methods.ts'
import type { HeadView } from '../parser/head-view.ts'
import { FIELD_INTS, HEAD_FIELDS } from '../parser/tape.ts'
import type { HttpConnection } from './http-connection.ts'
import type { Fields } from './layout.ts'
import { RequestMaker, type RequestParts } from './light-request.ts'
import { type IncomingInternals, NativeRequest, nativeRead, requestPrototype } from './native.ts'
import { RequestFeed } from './request-feed.ts'
import { makeDictionary } from './swapped-prototypes.ts'
import { FEED } from './symbols.ts'

export type HttpRequest = IncomingMessage & IncomingInternals & { [FEED]: RequestFeed | null }

export type RequestClass = new (socket: Duplex) => IncomingMessage

const NativeClass = NativeRequest as unknown as RequestClass

/** Of every Buffer: `toString` without a look at the name of the encoding. */
interface Latin1Bytes extends Buffer {
  latin1Slice(start: number, end: number): string
}

/** Names and values in turn, as `rawHeaders` has them: one decoding for the whole head, then slices of it. */
const rawHeadersOf = (head: HeadView): string[] => {
  const { bytes, tape, start, fieldCount } = head
  const text = (bytes as Latin1Bytes).latin1Slice(start, start + head.length)
  const flat = new Array<string>(2 * fieldCount)
  let field = head.at + HEAD_FIELDS
  for (let i = 0; i < 2 * fieldCount; i += 2, field += FIELD_INTS) {
    const name = tape[field] as number
    const value = tape[field + 2] as number
    flat[i] = text.slice(name, name + (tape[field + 1] as number))
    flat[i + 1] = text.slice(value, value + (tape[field + 3] as number))
  }
  return flat
}

/**
 * An own `_read`, because frameworks swap the prototypes of requests: what a class of ours inherits would vanish. A
 * request without body ends when somebody reads it, and costs no stream events when nobody does.
 */
function readRequest(this: HttpRequest): void {
  if (!this._consuming) {
    this._readableState.readingMore = false
    this._consuming = true
  }
  const feed = this[FEED]
  if (feed === null) this.push(null)
  else feed.resume()
}

/** Makes the IncomingMessage of an exchange whose head is still readable. */
export const makeRequest = (connection: HttpConnection, exchange: Exchange): HttpRequest => {
  const { dropIn, socket, streamOptions } = connection
  const { Request, server } = dropIn
  const { maxHeadersCount } = server
  const { head, minor } = exchange
  const rawHeaders = rawHeadersOf(head)
  // As in Node, a limit on the number of fields hides those beyond it; 0 is none.
  const isLimited = typeof maxHeadersCount === 'number' && maxHeadersCount > 0
  const parts: RequestParts = {
    socket,
    streamOptions,
    minor,
    method: methodName(head.method),
    url: head.target(),
    rawHeaders,
    count: isLimited ? Math.min(2 * maxHeadersCount, rawHeaders.length) : rawHeaders.length,
    read: readRequest,
  }
  const request =
    RequestMaker !== null && Request === NativeClass && requestPrototype._read === nativeRead
      ? (new RequestMaker(parts) as HttpRequest)
      : constructRequest(Request, socket, parts)
  if (dropIn.swapsPrototypes) makeDictionary(request as unknown as Fields)
  if (exchange.body.state !== BODY_ABSENT) request[FEED] = new RequestFeed(request, exchange)
  return request
}

/** By the class that the program gave, or has changed. */
const constructRequest = (Request: RequestClass, socket: Duplex, parts: RequestParts): HttpRequest => {
  const request = new Request(socket) as HttpRequest
  const { minor } = parts
  request.httpVersionMajor = 1
  request.httpVersionMinor = minor
  request.httpVersion = minor === 1 ? '1.1' : '1.0'
  request.method = parts.method
  request.url = parts.url
  request.upgrade = false
  request._addHeaderLines(parts.rawHeaders, parts.count)
  if (request._read === nativeRead) request._read = readRequest
  request[FEED] = null
  return request
}

/** The response is finished: drops a body that nobody reads, as Node does. */
export const dumpUnread = (request: HttpRequest): void => {
  // Without body and listeners there is neither anything to drop nor anybody to tell.
  if (request[FEED] === null && request._eventsCount === 0) return
  if (request._consuming || request._readableState.resumeScheduled || request.readableEnded) return
  // Node 26 only looks whether there is anything left to read; its parser has told the end before.
  if (request[FEED] === null) request.push(null)
  request._dump()
}
