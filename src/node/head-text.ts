import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { CommonLines } from '../engine/message/response-writer.ts'
import { FieldList } from './field-list.ts'
import { OUT_HEADERS, type OutgoingHeaders, type OutgoingInternals } from './native.ts'
import { PlainHeads } from './plain-heads.ts'

type Response = ServerResponse<IncomingMessage> & OutgoingInternals

/** The length of a body that is not known when its head is made. */
export const CHUNKED = -1

export const outHeadersOf = (response: Response): OutgoingHeaders | null =>
  (response as unknown as Record<symbol, OutgoingHeaders | null>)[OUT_HEADERS as symbol] ?? null

const isPlain = (response: Response, statusCode: number): boolean => {
  const { statusMessage } = response
  return (
    OUT_HEADERS !== null &&
    response.shouldKeepAlive &&
    response.useChunkedEncodingByDefault &&
    response._hasBody &&
    response.sendDate &&
    !response.chunkedEncoding &&
    !response.maxRequestsOnConnectionReached &&
    !response._removedConnection &&
    response._defaultKeepAlive &&
    (!response._expect_continue || response._sent100) &&
    statusCode >= 200 &&
    statusCode <= 599 &&
    statusCode !== 204 &&
    statusCode !== 304 &&
    Number.isInteger(statusCode) &&
    (!statusMessage || statusMessage === STATUS_CODES[statusCode])
  )
}

const persistenceOf = (keepAliveMs: number, maxRequests: number): string => {
  if (!keepAliveMs) return 'Connection: keep-alive\r\n'
  const max = ~~maxRequests > 0 ? `, max=${maxRequests}` : ''
  return `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveMs / 1_000)}${max}\r\n`
}

let knownMs = -1
let knownMax = -1
let knownLines = ''

const persistenceLines = ({ _keepAliveTimeout: ms, _maxRequestsPerSocket: max }: Response): string => {
  if (ms !== knownMs || max !== knownMax) {
    knownMs = ms
    knownMax = max
    knownLines = persistenceOf(ms, max)
  }
  return knownLines
}

const fields = new FieldList()
const heads = new PlainHeads()

const framingLine = (length: number): string =>
  length === CHUNKED ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${length}\r\n`

/** What a program has removed, Node does not add by itself. */
const mayAddFraming = ({ _removedContLen, _removedTE }: Response, length: number): boolean =>
  !(_removedContLen || (length === CHUNKED && _removedTE))

/** The last head that came from the cache, and whether it is all ASCII. */
let lastText = ''
let isLastAscii = false

/** True when `head` is known to have as many bytes in UTF-8 as characters. */
export const isAsciiHead = (head: string): boolean => head === lastText && isLastAscii

/**
 * The head that Node's `writeHead` would make of a response with a body of `length` bytes, to the byte, for the plain
 * case, and the changes it makes to the response; '' and none for all others, which are left to Node. `given` are the
 * fields that `writeHead` was given.
 */
export const plainHead = (
  response: Response,
  statusCode: number,
  given: object | null,
  length: number,
  lines: CommonLines,
): string => {
  const reason = STATUS_CODES[statusCode]
  if (reason === undefined || !isPlain(response, statusCode)) return ''
  const headers = outHeadersOf(response)
  fields.clear()
  if (
    given === null
      ? headers !== null && !fields.addSet(headers, response)
      : headers !== null || !fields.addGiven(given)
  ) {
    return ''
  }
  const { dateLine } = lines
  const persistence = persistenceLines(response)
  const entry = heads.at(statusCode, length)
  let { text, contentLength } = entry
  if (entry.isOf(statusCode, length, dateLine, persistence, fields)) {
    if (contentLength === null && !mayAddFraming(response, length)) return ''
    lastText = text
    isLastAscii = entry.isAscii
  } else {
    if (!fields.check()) return ''
    contentLength = fields.contentLength
    if (contentLength === null && !mayAddFraming(response, length)) return ''
    const framing = contentLength === null ? framingLine(length) : ''
    text = `HTTP/1.1 ${statusCode} ${reason}\r\n${fields.lines()}${dateLine}${persistence}${framing}\r\n`
    heads.keep(entry, text, statusCode, length, dateLine, persistence, fields)
  }
  if (contentLength !== null) {
    response._contentLength = +contentLength
    response._removedContLen = false
  } else if (length === CHUNKED) response.chunkedEncoding = true
  else response._contentLength = length
  response.statusCode = statusCode
  response.statusMessage = reason
  return text
}
