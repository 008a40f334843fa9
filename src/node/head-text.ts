import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { CommonLines } from '../engine/message/response-writer.ts'
import { hasUniqueHeaders, OUT_HEADERS, type OutgoingHeaders, type OutgoingInternals } from './native.ts'

type Response = ServerResponse<IncomingMessage> & OutgoingInternals

const NONE: OutgoingHeaders = {}

/** Fields that change what else is in a head; Node's own rules know how. */
const SPECIAL: ReadonlySet<string> = new Set([
  'connection',
  'content-disposition',
  'cookie',
  'date',
  'expect',
  'keep-alive',
  'trailer',
  'transfer-encoding',
])

const SHORTEST_SPECIAL = 4
const LONGEST_SPECIAL = 19

const outHeadersOf = (response: Response): OutgoingHeaders | null =>
  (response as unknown as Record<symbol, OutgoingHeaders | null>)[OUT_HEADERS as symbol] ?? null

const isPlain = (response: Response): boolean => {
  const { statusCode, statusMessage } = response
  return (
    OUT_HEADERS !== null &&
    response.shouldKeepAlive &&
    response.useChunkedEncodingByDefault &&
    response._hasBody &&
    response.sendDate &&
    !response.maxRequestsOnConnectionReached &&
    !response._removedConnection &&
    !response._removedContLen &&
    !response._removedTE &&
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

const persistenceLines = (keepAliveMs: number, maxRequests: number): string => {
  if (!keepAliveMs) return 'Connection: keep-alive\r\n'
  const max = ~~maxRequests > 0 ? `, max=${maxRequests}` : ''
  return `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveMs / 1_000)}${max}\r\n`
}

let knownMs = -1
let knownMax = -1
let knownLines = ''

/**
 * The head that Node's `writeHead` would make of a response with a body of `length` bytes, to the byte, for the plain
 * case; '' for all others, which are left to Node.
 */
export const plainHead = (response: Response, length: number, lines: CommonLines): string => {
  if (!isPlain(response)) return ''
  const { statusCode } = response
  const reason = STATUS_CODES[statusCode]
  if (reason === undefined) return ''
  let text = `HTTP/1.1 ${statusCode} ${reason}\r\n`
  const headers = outHeadersOf(response) ?? NONE
  let hasLength = false
  for (const key in headers) {
    const [name, value] = headers[key] as OutgoingHeaders[string]
    if (key === 'content-length') hasLength = true
    else if (key.length >= SHORTEST_SPECIAL && key.length <= LONGEST_SPECIAL && SPECIAL.has(key)) return ''
    if (typeof value === 'string' || typeof value === 'number') {
      text += `${name}: ${value}\r\n`
    } else {
      if (!Array.isArray(value) || hasUniqueHeaders(response)) return ''
      for (const item of value as readonly string[]) text += `${name}: ${item}\r\n`
    }
  }
  const { _keepAliveTimeout: ms, _maxRequestsPerSocket: max } = response
  if (ms !== knownMs || max !== knownMax) {
    knownMs = ms
    knownMax = max
    knownLines = persistenceLines(ms, max)
  }
  response.statusMessage = reason
  return `${text}${lines.dateLine}${knownLines}${hasLength ? '' : `Content-Length: ${length}\r\n`}\r\n`
}
