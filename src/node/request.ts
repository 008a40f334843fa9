import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Exchange } from '../engine/message/exchange.ts'
import { BODY_ABSENT } from '../engine/message/incoming-body.ts'
import { methodName } from '../http/methods.ts'
import type { HeadView } from '../parser/head-view.ts'
import { FIELD_INTS, HEAD_FIELDS } from '../parser/tape.ts'
import { type IncomingInternals, nativeRead } from './native.ts'
import { RequestFeed } from './request-feed.ts'

/** The feed of a request's body, null without one. */
export const FEED = Symbol('nova.feed')

export type HttpRequest = IncomingMessage & IncomingInternals & { [FEED]: RequestFeed | null }

export type RequestClass = new (socket: Duplex) => IncomingMessage

/** Names and values in turn, as `rawHeaders` has them: one decoding for the whole head, then slices of it. */
const rawHeadersOf = (head: HeadView): string[] => {
  const { bytes, tape, start, fieldCount } = head
  const text = bytes.toString('latin1', start, start + head.length)
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
export const makeRequest = (
  Request: RequestClass,
  socket: Duplex,
  exchange: Exchange,
  maxHeadersCount: number | null,
): HttpRequest => {
  const request = new Request(socket) as HttpRequest
  const { head, minor } = exchange
  request.httpVersionMajor = 1
  request.httpVersionMinor = minor
  request.httpVersion = minor === 1 ? '1.1' : '1.0'
  request.method = methodName(head.method)
  request.url = head.target()
  request.upgrade = false
  const flat = rawHeadersOf(head)
  // As in Node, a limit on the number of fields hides those beyond it; 0 is none.
  const count = typeof maxHeadersCount === 'number' && maxHeadersCount > 0 ? 2 * maxHeadersCount : flat.length
  request._addHeaderLines(flat, Math.min(count, flat.length))
  if (request._read === nativeRead) request._read = readRequest
  request[FEED] = exchange.body.state !== BODY_ABSENT ? new RequestFeed(request, exchange) : null
  return request
}

/** The response is finished: drops a body that nobody reads, as Node does. */
export const dumpUnread = (request: HttpRequest): void => {
  // Without body and listeners there is neither anything to drop nor anybody to tell.
  if (request[FEED] === null && request._eventsCount === 0) return
  if (request._consuming || request._readableState.resumeScheduled) return
  // Node 26 only looks whether there is anything left to read; its parser has told the end before.
  if (request[FEED] === null) request.push(null)
  request._dump()
}
