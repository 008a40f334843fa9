import {
  PARSE_INVALID_PROTOCOL,
  PARSE_INVALID_REQUEST_LINE,
  PARSE_INVALID_VERSION,
  PARSE_OK,
} from './failures.ts'

const SPACE = 0x20
const H = 0x48
const CR = 0x0d
const LF = 0x0a

/** Behind the empty lines that a client may send in front of a request line (RFC 9112, 2.2) in bytes[at, end). */
export const skipEmptyLines = (bytes: Uint8Array, at: number, end: number): number => {
  while (at + 1 < end && bytes[at] === CR && bytes[at + 1] === LF) at += 2
  return at
}

/** llhttp skips every CR and LF in front of a start line; bare ones are faults like everywhere else (RFC 9112, 2.2). */
export const isLineEndByte = (byte: number | undefined): boolean => byte === CR || byte === LF

/** Where a bare CR or LF at `at` shows: a CR by the byte behind it. */
export const bareLineEndPosition = (bytes: Uint8Array, at: number): number => (bytes[at] === CR ? at + 1 : at)

/**
 * llhttp calls the version invalid whatever is wrong up to the end of the request line. It is when one was read that is
 * not ours; otherwise the line is malformed (RFC 9112, 2.3 and 3), for example by a bare LF behind it.
 */
export const judgeVersion = (major: number, minor: number): number =>
  major !== 1 || minor > 1 ? PARSE_INVALID_VERSION : PARSE_INVALID_REQUEST_LINE

/**
 * What llhttp lets through in a request line (RFC 9112, 3): more than one space before or after the target, and RTSP/ or
 * ICE/ in place of HTTP/. HTTP/0.9, which names no protocol, is left to be refused by its version.
 */
export const judgeRequestLine = (bytes: Uint8Array, targetStart: number, targetEnd: number): number => {
  if (bytes[targetStart - 2] === SPACE) return PARSE_INVALID_REQUEST_LINE
  const protocol = bytes[targetEnd + 1]
  if (bytes[targetEnd] !== SPACE || protocol === H) return PARSE_OK
  return protocol === SPACE ? PARSE_INVALID_REQUEST_LINE : PARSE_INVALID_PROTOCOL
}

/** The same for a status line that begins at `start`. */
export const judgeStatusLine = (bytes: Uint8Array, start: number): number =>
  bytes[start] === H ? PARSE_OK : PARSE_INVALID_PROTOCOL
