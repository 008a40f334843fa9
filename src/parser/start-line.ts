import { PARSE_INVALID_PROTOCOL, PARSE_INVALID_REQUEST_LINE, PARSE_OK } from './failures.ts'

const SPACE = 0x20
const H = 0x48

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
