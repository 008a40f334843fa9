import { METHOD_CONNECT } from '../http/methods.ts'
import {
  FLAG_CHUNKED,
  FLAG_CONNECTION_CLOSE,
  FLAG_CONNECTION_KEEP_ALIVE,
  FLAG_CONTENT_LENGTH,
  FLAG_HAS_BODY,
  FLAG_KEEP_ALIVE,
  FLAG_TRANSFER_ENCODING,
  FLAG_UPGRADE,
} from './tape.ts'

const SWITCHING_PROTOCOLS = 101

/** The flags that llhttp and the tape number alike. */
const SHARED_FLAGS =
  FLAG_CONNECTION_KEEP_ALIVE |
  FLAG_CONNECTION_CLOSE |
  FLAG_CHUNKED |
  FLAG_CONTENT_LENGTH |
  FLAG_TRANSFER_ENCODING

/** llhttp lets keep-alive win over close in HTTP/1.0; RFC 9112, 9.3 lets close win. */
const persistence = (bits: number, mayPersist: boolean): number =>
  mayPersist && (bits & FLAG_CONNECTION_CLOSE) === 0 ? FLAG_KEEP_ALIVE : 0

/**
 * A request's HEAD_FLAGS. `bits` are llhttp's flags, `mayPersist` its opinion, `isLong` a Content-Length above 0,
 * `wantsUpgrade` an Upgrade that may be accepted.
 */
export const requestFlags = (
  bits: number,
  method: number,
  minor: number,
  isLong: boolean,
  wantsUpgrade: boolean,
  mayPersist: boolean,
): number => {
  let flags = (bits & SHARED_FLAGS) | persistence(bits, mayPersist)
  // RFC 9110, 9.3.6: what follows the head of CONNECT is the tunnel, whatever the head announces.
  if (method === METHOD_CONNECT) return flags | FLAG_UPGRADE
  // RFC 9110, 7.8: Upgrade in an HTTP/1.0 request is ignored.
  if (wantsUpgrade && minor > 0) flags |= FLAG_UPGRADE
  return isLong || (flags & FLAG_CHUNKED) !== 0 ? flags | FLAG_HAS_BODY : flags
}

/** RFC 9112, 6.3: responses that end with their head, whatever it announces. */
export const hasNoBody = (status: number): boolean => status < 200 || status === 204 || status === 304

/** A response's HEAD_FLAGS; `isBodiless` when it ends with its head. */
export const responseFlags = (
  bits: number,
  status: number,
  minor: number,
  isLong: boolean,
  isBodiless: boolean,
  mayPersist: boolean,
): number => {
  let flags = bits & SHARED_FLAGS
  // llhttp takes every 101 for the end of HTTP, and what follows one is (RFC 9110, 15.2.2).
  if (status === SWITCHING_PROTOCOLS) flags |= FLAG_UPGRADE
  if (isBodiless) {
    // Not having a body that lasts until the connection ends, which is what llhttp may hold against it.
    return flags | persistence(bits, mayPersist || minor > 0 || (bits & FLAG_CONNECTION_KEEP_ALIVE) !== 0)
  }
  const isDelimited = (flags & FLAG_CONTENT_LENGTH) !== 0
  if (isLong || !isDelimited || (flags & FLAG_CHUNKED) !== 0) flags |= FLAG_HAS_BODY
  return flags | persistence(bits, mayPersist)
}
