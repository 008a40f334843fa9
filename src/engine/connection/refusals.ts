import { REFUSALS, type RefusalCode } from '../../errors.ts'
import { statusLine } from '../../http/status.ts'
import {
  PARSE_CHUNK_EXTENSION_TOO_LARGE,
  PARSE_HEAD_TOO_LARGE,
  PARSE_HTTP2_PREFACE,
  PARSE_INVALID_CHUNK,
  PARSE_INVALID_CONTENT_LENGTH,
  PARSE_INVALID_FIELD,
  PARSE_INVALID_LINE_END,
  PARSE_INVALID_METHOD,
  PARSE_INVALID_PROTOCOL,
  PARSE_INVALID_REQUEST_LINE,
  PARSE_INVALID_TARGET,
  PARSE_INVALID_TRAILER,
  PARSE_INVALID_TRANSFER_ENCODING,
  PARSE_INVALID_VERSION,
  PARSE_REPEATED_CONTENT_LENGTH,
  PARSE_TARGET_TOO_LONG,
  PARSE_TLS_RECORD,
  PARSE_TOO_MANY_FIELDS,
  PARSE_TRAILER_TOO_LARGE,
  PARSE_UNEXPECTED_SPACE,
} from '../../parser/failures.ts'

interface ReadyMade {
  readonly before: string
  readonly fields: string
  readonly body: string
}

const render = (code: RefusalCode): ReadyMade => {
  const { status, message } = REFUSALS[code]
  const body = `${code}: ${message}\n`
  const retry = status === 503 ? 'Retry-After: 1\r\n' : ''
  return {
    before: statusLine(status),
    fields: `Content-Type: text/plain\r\nContent-Length: ${body.length}\r\n${retry}Connection: close\r\n\r\n`,
    body,
  }
}

const READY = new Map(Object.keys(REFUSALS).map((code) => [code, render(code as RefusalCode)]))

/**
 * The complete answer to a refused message. Only the Date is joined in; nothing is decided while failing but that HEAD
 * is answered without content (RFC 9110, 9.3.2).
 */
export const refusalText = (code: RefusalCode, dateLine: string, isHead: boolean): string => {
  const { before, fields, body } = READY.get(code) as ReadyMade
  return isHead ? before + dateLine + fields : before + dateLine + fields + body
}

const BY_FAILURE: Readonly<Record<number, RefusalCode>> = {
  [PARSE_INVALID_LINE_END]: 'BAD_LINE_END',
  [PARSE_REPEATED_CONTENT_LENGTH]: 'BAD_CONTENT_LENGTH',
  [PARSE_INVALID_METHOD]: 'BAD_METHOD',
  [PARSE_INVALID_TARGET]: 'BAD_TARGET',
  [PARSE_INVALID_PROTOCOL]: 'BAD_REQUEST_LINE',
  [PARSE_INVALID_VERSION]: 'UNSUPPORTED_VERSION',
  [PARSE_INVALID_FIELD]: 'BAD_FIELD',
  [PARSE_INVALID_CONTENT_LENGTH]: 'BAD_CONTENT_LENGTH',
  [PARSE_INVALID_CHUNK]: 'BAD_CHUNK',
  [PARSE_INVALID_TRANSFER_ENCODING]: 'BAD_TRANSFER_ENCODING',
  [PARSE_HTTP2_PREFACE]: 'HTTP2_PREFACE',
  [PARSE_UNEXPECTED_SPACE]: 'BAD_FIELD',
  [PARSE_TARGET_TOO_LONG]: 'TARGET_TOO_LONG',
  [PARSE_HEAD_TOO_LARGE]: 'HEAD_TOO_LARGE',
  [PARSE_TOO_MANY_FIELDS]: 'TOO_MANY_FIELDS',
  [PARSE_TRAILER_TOO_LARGE]: 'TRAILER_TOO_LARGE',
  [PARSE_CHUNK_EXTENSION_TOO_LARGE]: 'CHUNK_EXTENSION_TOO_LARGE',
  [PARSE_INVALID_TRAILER]: 'BAD_TRAILER',
  [PARSE_TLS_RECORD]: 'TLS_ON_PLAIN_PORT',
  [PARSE_INVALID_REQUEST_LINE]: 'BAD_REQUEST_LINE',
}

/** The refusal for a parser's PARSE_* failure. */
export const refusalOf = (failure: number): RefusalCode => BY_FAILURE[failure] ?? 'BAD_REQUEST'
