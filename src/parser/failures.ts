/**
 * Why parsing failed. Codes below 100 are llhttp's error numbers for the same thing; the others are limits and cases
 * that this engine tells apart. Which failure is reported depends on bytes and limits only, never on how they were cut.
 */

export const PARSE_OK = 0
export const PARSE_INTERNAL = 1
/** CR without LF, or LF without CR, where a line ends. */
export const PARSE_INVALID_LINE_END = 2
/** Content-Length more than once. */
export const PARSE_REPEATED_CONTENT_LENGTH = 4
export const PARSE_INVALID_METHOD = 6
export const PARSE_INVALID_TARGET = 7
/** Something else than HTTP/ where the version is expected. */
export const PARSE_INVALID_PROTOCOL = 8
export const PARSE_INVALID_VERSION = 9
export const PARSE_INVALID_FIELD = 10
export const PARSE_INVALID_CONTENT_LENGTH = 11
export const PARSE_INVALID_CHUNK = 12
export const PARSE_INVALID_STATUS = 13
/** Transfer-Encoding malformed, beside a Content-Length, or (request) not ending in chunked. */
export const PARSE_INVALID_TRANSFER_ENCODING = 15
/** The HTTP/2 connection preface (RFC 9113, 3.4). */
export const PARSE_HTTP2_PREFACE = 23
/** Whitespace between the start line and the first field (RFC 9112, 2.2). */
export const PARSE_UNEXPECTED_SPACE = 30
export const PARSE_TARGET_TOO_LONG = 100
export const PARSE_HEAD_TOO_LARGE = 101
export const PARSE_TOO_MANY_FIELDS = 102
export const PARSE_TRAILER_TOO_LARGE = 103
export const PARSE_CHUNK_EXTENSION_TOO_LARGE = 104
export const PARSE_INVALID_TRAILER = 105
/** The first byte is that of a TLS record, not of a request. */
export const PARSE_TLS_RECORD = 106
/** More than single spaces in the request line. */
export const PARSE_INVALID_REQUEST_LINE = 107

const NAMES: Readonly<Record<number, string>> = {
  [PARSE_OK]: 'OK',
  [PARSE_INTERNAL]: 'INTERNAL',
  [PARSE_INVALID_LINE_END]: 'INVALID_LINE_END',
  [PARSE_REPEATED_CONTENT_LENGTH]: 'REPEATED_CONTENT_LENGTH',
  [PARSE_INVALID_METHOD]: 'INVALID_METHOD',
  [PARSE_INVALID_TARGET]: 'INVALID_TARGET',
  [PARSE_INVALID_PROTOCOL]: 'INVALID_PROTOCOL',
  [PARSE_INVALID_VERSION]: 'INVALID_VERSION',
  [PARSE_INVALID_FIELD]: 'INVALID_FIELD',
  [PARSE_INVALID_CONTENT_LENGTH]: 'INVALID_CONTENT_LENGTH',
  [PARSE_INVALID_CHUNK]: 'INVALID_CHUNK',
  [PARSE_INVALID_STATUS]: 'INVALID_STATUS',
  [PARSE_INVALID_TRANSFER_ENCODING]: 'INVALID_TRANSFER_ENCODING',
  [PARSE_HTTP2_PREFACE]: 'HTTP2_PREFACE',
  [PARSE_UNEXPECTED_SPACE]: 'UNEXPECTED_SPACE',
  [PARSE_TARGET_TOO_LONG]: 'TARGET_TOO_LONG',
  [PARSE_HEAD_TOO_LARGE]: 'HEAD_TOO_LARGE',
  [PARSE_TOO_MANY_FIELDS]: 'TOO_MANY_FIELDS',
  [PARSE_TRAILER_TOO_LARGE]: 'TRAILER_TOO_LARGE',
  [PARSE_CHUNK_EXTENSION_TOO_LARGE]: 'CHUNK_EXTENSION_TOO_LARGE',
  [PARSE_INVALID_TRAILER]: 'INVALID_TRAILER',
  [PARSE_TLS_RECORD]: 'TLS_RECORD',
  [PARSE_INVALID_REQUEST_LINE]: 'INVALID_REQUEST_LINE',
}

/** llhttp's numbers for errors that are told apart here by where they happen. */
const HPE_STRICT = 2
const HPE_LF_EXPECTED = 3
const HPE_CR_EXPECTED = 25

/** The code for llhttp's error `errno` in a head. */
export const headFailure = (errno: number): number => {
  if (errno === HPE_STRICT || errno === HPE_LF_EXPECTED || errno === HPE_CR_EXPECTED)
    return PARSE_INVALID_LINE_END
  return errno in NAMES && errno < PARSE_TARGET_TOO_LONG ? errno : PARSE_INTERNAL
}

/** A stable name for a PARSE_* code, for counters and messages. */
export const failureName = (failure: number): string => NAMES[failure] ?? 'INTERNAL'
