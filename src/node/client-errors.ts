import { REFUSALS, type RefusalCode } from '../errors.ts'

/** Codes that 'clientError' listeners compare with; all others are llhttp's general ones. */
const CODES: Partial<Record<RefusalCode, string>> = {
  HEAD_TIMEOUT: 'ERR_HTTP_REQUEST_TIMEOUT',
  BODY_TIMEOUT: 'ERR_HTTP_REQUEST_TIMEOUT',
  BODY_GAP_TIMEOUT: 'ERR_HTTP_REQUEST_TIMEOUT',
  BODY_TOO_SLOW: 'ERR_HTTP_REQUEST_TIMEOUT',
  HEAD_TOO_LARGE: 'HPE_HEADER_OVERFLOW',
  TOO_MANY_FIELDS: 'HPE_HEADER_OVERFLOW',
  TARGET_TOO_LONG: 'HPE_HEADER_OVERFLOW',
  TRAILER_TOO_LARGE: 'HPE_HEADER_OVERFLOW',
  CHUNK_EXTENSION_TOO_LARGE: 'HPE_CHUNK_EXTENSIONS_OVERFLOW',
  INCOMPLETE_HEAD: 'HPE_INVALID_EOF_STATE',
  INCOMPLETE_BODY: 'HPE_INVALID_EOF_STATE',
  BAD_METHOD: 'HPE_INVALID_METHOD',
  TLS_ON_PLAIN_PORT: 'HPE_INVALID_METHOD',
  BAD_TARGET: 'HPE_INVALID_URL',
  BAD_REQUEST_LINE: 'HPE_INVALID_CONSTANT',
  UNSUPPORTED_VERSION: 'HPE_INVALID_VERSION',
  HTTP2_PREFACE: 'HPE_PAUSED_H2_UPGRADE',
  BAD_FIELD: 'HPE_INVALID_HEADER_TOKEN',
  BAD_LINE_END: 'HPE_LF_EXPECTED',
  BAD_CONTENT_LENGTH: 'HPE_INVALID_CONTENT_LENGTH',
  BAD_TRANSFER_ENCODING: 'HPE_INVALID_TRANSFER_ENCODING',
  BAD_CHUNK: 'HPE_INVALID_CHUNK_SIZE',
}

export interface ClientError extends Error {
  code: string
  reason: string
}

/** What a 'clientError' listener is told of a refusal: an error with the code that Node's parser would have given it. */
export const clientErrorOf = (refusal: RefusalCode): ClientError => {
  const code = CODES[refusal] ?? 'HPE_INTERNAL'
  const reason = REFUSALS[refusal].message
  const message = code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'Request timeout' : `Parse Error: ${reason}`
  return Object.assign(new Error(message), { code, reason })
}

/** What an unfinished request is destroyed with when its client has left. */
export const abortedError = (): NodeJS.ErrnoException =>
  Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
