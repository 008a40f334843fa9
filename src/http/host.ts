import { REG_NAME_BYTES } from './characters.ts'
import { indexOf, isEscape, isIpLiteral } from './ip-literal.ts'

const ZERO = 0x30
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const MAX_PORT = 65_535

/**
 * Whether bytes[start, end) is a Host value: uri-host [ ":" port ] (RFC 9110, 7.2; RFC 3986, 3.2.2), with no space
 * around it. Empty is valid, for targets without an authority (RFC 9112, 3.2); a port without a host is not (RFC 9110,
 * 4.2.1), nor is userinfo. An IPv4 address needs no rule of its own: it is a reg-name as well.
 */
export const isValidHost = (bytes: Uint8Array, start: number, end: number): boolean => {
  if (start === end) return true
  const hostEnd = skipHost(bytes, start, end)
  if (hostEnd === start) return false
  return hostEnd === end || (bytes[hostEnd] === COLON && isPort(bytes, hostEnd + 1, end))
}

/** As above, with host and port both present: the authority-form of a target (RFC 9112, 3.2.3). */
export const isHostWithPort = (bytes: Uint8Array, start: number, end: number): boolean => {
  const hostEnd = skipHost(bytes, start, end)
  return hostEnd > start && hostEnd + 1 < end && bytes[hostEnd] === COLON && isPort(bytes, hostEnd + 1, end)
}

/** Where the uri-host that begins at `start` ends; `start` when there is none. */
const skipHost = (bytes: Uint8Array, start: number, end: number): number => {
  if (bytes[start] === OPEN_BRACKET) {
    const close = indexOf(bytes, CLOSE_BRACKET, start, end)
    return close < end && isIpLiteral(bytes, start + 1, close) ? close + 1 : start
  }
  let at = start
  while (at < end) {
    if (REG_NAME_BYTES[bytes[at] as number] === 1) at++
    else if (isEscape(bytes, at, end)) at += 3
    else break
  }
  return at
}

/** *DIGIT (RFC 3986, 3.2.3), no more than a TCP port can be. */
const isPort = (bytes: Uint8Array, start: number, end: number): boolean => {
  let port = 0
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO
    if (digit < 0 || digit > 9) return false
    port = port * 10 + digit
    if (port > MAX_PORT) return false
  }
  return true
}
