/**
 * Every error the engine makes, in one table: a stable `code`, the HTTP status it has on the wire (0: none) and a
 * sentence that says what was wrong and what to do. Nobody matches error text.
 */

interface ErrorRow {
  readonly status: number
  readonly message: string
}

/** Refusals: answered with ready-made bytes, after which the connection closes. */
export const REFUSALS = {
  BAD_REQUEST: { status: 400, message: 'The request could not be parsed as HTTP/1.1.' },
  BAD_METHOD: { status: 400, message: 'The method is not one this server can parse.' },
  BAD_TARGET: { status: 400, message: 'The request target is malformed.' },
  BAD_REQUEST_LINE: { status: 400, message: 'The request line is malformed: METHOD SP target SP HTTP/1.1.' },
  BAD_FIELD: { status: 400, message: 'A header field is malformed.' },
  BAD_LINE_END: { status: 400, message: 'A line does not end in CRLF.' },
  BAD_CONTENT_LENGTH: { status: 400, message: 'Content-Length is malformed, repeated or contradicted.' },
  BAD_TRANSFER_ENCODING: {
    status: 400,
    message: 'Transfer-Encoding does not frame the message unambiguously.',
  },
  BAD_CHUNK: { status: 400, message: 'The chunked body is malformed.' },
  BAD_HOST: { status: 400, message: 'The Host field is malformed.' },
  MISSING_HOST: { status: 400, message: 'An HTTP/1.1 request needs a Host field.' },
  REPEATED_HOST: { status: 400, message: 'The Host field may appear only once.' },
  BAD_TRAILER: { status: 400, message: 'A trailer field is malformed or not allowed in a trailer section.' },
  TLS_ON_PLAIN_PORT: { status: 400, message: 'This port speaks plain HTTP, not TLS.' },
  HTTP2_PREFACE: { status: 505, message: 'This port speaks HTTP/1.1; HTTP/2 needs ALPN on another port.' },
  UNSUPPORTED_VERSION: { status: 505, message: 'Only HTTP/1.0 and HTTP/1.1 are supported.' },
  UNSUPPORTED_TRANSFER_CODING: { status: 501, message: 'Only the chunked transfer coding is supported.' },
  UNSUPPORTED_CONNECT: { status: 501, message: 'This server does not tunnel (CONNECT).' },
  UNKNOWN_EXPECTATION: { status: 417, message: 'Only the expectation 100-continue is supported.' },
  TARGET_TOO_LONG: { status: 414, message: 'The request target is longer than maxTargetBytes.' },
  HEAD_TOO_LARGE: { status: 431, message: 'The request head is larger than maxHeadBytes.' },
  TOO_MANY_FIELDS: { status: 431, message: 'The request has more fields than maxFields.' },
  TRAILER_TOO_LARGE: { status: 431, message: 'The trailer section is larger than maxTrailerBytes.' },
  CHUNK_EXTENSION_TOO_LARGE: { status: 400, message: 'Chunk extensions exceed maxChunkExtensionBytes.' },
  BODY_TOO_LARGE: { status: 413, message: 'The request body is larger than the limit.' },
  INCOMPLETE_HEAD: { status: 400, message: 'The connection ended in the middle of a request head.' },
  INCOMPLETE_BODY: { status: 400, message: 'The connection ended before the request body was complete.' },
  HEAD_TIMEOUT: { status: 408, message: 'The request head did not arrive in time.' },
  BODY_TIMEOUT: { status: 408, message: 'The request body did not arrive in time.' },
  BODY_GAP_TIMEOUT: { status: 408, message: 'The request body stopped arriving.' },
  BODY_TOO_SLOW: { status: 408, message: 'The request body arrives too slowly.' },
  HANDLER_TIMEOUT: { status: 503, message: 'The request was not answered in time.' },
  TOO_MANY_CONNECTIONS: { status: 503, message: 'The server has reached its connection limit.' },
  TOO_MANY_CONNECTIONS_FROM_ADDRESS: {
    status: 503,
    message: 'The server has reached its limit of connections from this address.',
  },
  TOO_MANY_HANDSHAKES: {
    status: 503,
    message: 'The server is in as many TLS handshakes and PROXY headers as it may.',
  },
  BAD_PROXY_HEADER: { status: 400, message: 'This port expects a PROXY protocol header first.' },
  UNTRUSTED_PROXY: { status: 403, message: 'This port serves only the proxies that it knows.' },
  TOO_MANY_REQUESTS_IN_FLIGHT: { status: 503, message: 'The server handles as many requests as it may.' },
  OVERLOADED: { status: 503, message: 'The server is overloaded.' },
} as const satisfies Record<string, ErrorRow>

export type RefusalCode = keyof typeof REFUSALS

/** Errors thrown at, or handed to, the program that embeds the engine. */
const MISUSE = {
  OPTION_INVALID: { status: 0, message: 'An option is out of its range.' },
  ALREADY_LISTENING: {
    status: 0,
    message: 'This engine already listens; create a second one or drain it first.',
  },
  NO_INHERITED_SOCKET: {
    status: 0,
    message: 'systemd has passed no listening socket to this process (LISTEN_PID, LISTEN_FDS).',
  },
  NOT_LISTENING: { status: 0, message: 'This engine does not listen yet; call listen() first.' },
  ENGINE_DRAINED: { status: 0, message: 'This engine was drained; create a new one.' },
  EXCHANGE_ENDED: {
    status: 0,
    message:
      'This request/response was used after its exchange ended; copy what you need before the handler settles.',
  },
  HEAD_SENT: { status: 0, message: 'The response head is already sent.' },
  RESPONSE_ENDED: { status: 0, message: 'The response has already ended.' },
  FIELD_NAME_INVALID: { status: 0, message: 'A field name must be a token (RFC 9110, 5.6.2).' },
  FIELD_VALUE_INVALID: {
    status: 0,
    message: 'A field value must not contain control characters (RFC 9110, 5.5).',
  },
  FRAMING_FIELD: { status: 0, message: 'The engine frames messages itself; this field cannot be set.' },
  TRAILER_NOT_ALLOWED: { status: 0, message: 'This field must not be sent as a trailer (RFC 9110, 6.5.1).' },
  STATUS_INVALID: { status: 0, message: 'The status must be an integer from 200 to 599 here.' },
  CONTENT_LENGTH_MISMATCH: {
    status: 500,
    message: 'The response body does not have the announced Content-Length.',
  },
  BODY_INVALID: { status: 0, message: 'A response body must be a string or a Uint8Array.' },
  BODY_CONSUMED: { status: 0, message: 'The request body was already read.' },
  BODY_INVALID_JSON: { status: 400, message: 'The request body is not valid JSON.' },
  CLIENT_CLOSED: { status: 0, message: 'The client closed the connection before the exchange was complete.' },
  WRITE_TIMEOUT: { status: 0, message: 'The client stopped reading the response.' },
  TARGET_DOWN: { status: 0, message: 'The target of the load test cannot be reached.' },
  SHARDS_UNSUPPORTED: {
    status: 0,
    message: 'Threads cannot share a listening socket on this platform; use one engine per process.',
  },
  SHARDS_DRAINED: { status: 0, message: 'These shards were drained; create new ones.' },
  SHARD_FAILED: { status: 0, message: 'The thread of a shard has ended.' },
  APP_INVALID: {
    status: 0,
    message: 'The module must export handler, listener or fetch, a function.',
  },
  HANDLER_FAILED: { status: 500, message: 'The request handler failed.' },
} as const satisfies Record<string, ErrorRow>

export const ERRORS = { ...REFUSALS, ...MISUSE }
export type ErrorCode = keyof typeof ERRORS

/** An error of the engine. `code` is stable; `status` is the HTTP status it stands for, 0 where none applies. */
export class NovaError extends Error {
  readonly code: ErrorCode
  readonly status: number

  constructor(code: ErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail ?? ERRORS[code].message, options)
    this.name = 'NovaError'
    this.code = code
    this.status = ERRORS[code].status
  }
}

/** An error that arises in the engine itself: its stack would tell nothing, and cost more than all else of a refusal. */
export const stacklessError = (code: ErrorCode, detail?: string, options?: ErrorOptions): NovaError => {
  const { stackTraceLimit } = Error
  // Does nothing where intrinsics are frozen.
  Reflect.set(Error, 'stackTraceLimit', 0)
  const error = new NovaError(code, detail, options)
  Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  return error
}
