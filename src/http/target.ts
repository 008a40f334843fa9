import { SCHEME_BYTES } from './characters.ts'
import { isHostWithPort, isValidHost } from './host.ts'
import { METHOD_CONNECT, METHOD_OPTIONS } from './methods.ts'

/** The four forms of a request target (RFC 9112, 3.2), and none of them. */
export const TARGET_INVALID = 0
export const TARGET_ORIGIN = 1
export const TARGET_ABSOLUTE = 2
export const TARGET_AUTHORITY = 3
export const TARGET_ASTERISK = 4

const HASH = 0x23
const ASTERISK = 0x2a
const SLASH = 0x2f
const COLON = 0x3a
const QUESTION = 0x3f
const LOWER_A = 0x61
const LOWER_Z = 0x7a
const TO_LOWER = 0x20

/** A fragment never travels (RFC 9112, 3.2); the rest of what is missing here is not a visible ASCII character. */
const TARGET_BYTES = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte > 0x20 && byte < 0x7f && byte !== HASH ? 1 : 0,
)

/**
 * The form of the target in bytes[start, end). Authority-form goes with CONNECT and only with it, asterisk-form with
 * OPTIONS only. Percent escapes are not checked, and neither are characters that RFC 3986 wants escaped but that
 * clients send bare: what a path means is the program's business.
 */
export const classifyTarget = (bytes: Uint8Array, start: number, end: number, method: number): number => {
  for (let at = start; at < end; at++) {
    if (TARGET_BYTES[bytes[at] as number] !== 1) return TARGET_INVALID
  }
  if (method === METHOD_CONNECT) return isHostWithPort(bytes, start, end) ? TARGET_AUTHORITY : TARGET_INVALID
  if (start === end) return TARGET_INVALID
  const first = bytes[start] as number
  if (first === SLASH) return TARGET_ORIGIN
  if (first === ASTERISK)
    return end - start === 1 && method === METHOD_OPTIONS ? TARGET_ASTERISK : TARGET_INVALID
  return isAbsolute(bytes, start, end) ? TARGET_ABSOLUTE : TARGET_INVALID
}

/**
 * scheme "://" and what follows. URIs without an authority (`urn:`) name nothing a server could serve, and demanding
 * the slashes keeps `host:80` from passing as a scheme. http and https need a host, without userinfo (RFC 9110, 4.2.1
 * and 4.2.4).
 */
const isAbsolute = (bytes: Uint8Array, start: number, end: number): boolean => {
  const first = (bytes[start] as number) | TO_LOWER
  if (first < LOWER_A || first > LOWER_Z) return false
  let colon = start + 1
  while (colon < end && SCHEME_BYTES[bytes[colon] as number] === 1) colon++
  const authority = colon + 3
  if (authority > end || bytes[colon] !== COLON || bytes[colon + 1] !== SLASH || bytes[colon + 2] !== SLASH)
    return false
  if (!isHttpScheme(bytes, start, colon)) return true
  const authorityEnd = skipAuthority(bytes, authority, end)
  return authorityEnd > authority && isValidHost(bytes, authority, authorityEnd)
}

const HTTPS = [0x68, 0x74, 0x74, 0x70, 0x73] as const

/** `http` or `https`, in any case. */
const isHttpScheme = (bytes: Uint8Array, start: number, end: number): boolean => {
  const length = end - start
  if (length !== 4 && length !== 5) return false
  for (let i = 0; i < length; i++) {
    if (((bytes[start + i] as number) | TO_LOWER) !== HTTPS[i]) return false
  }
  return true
}

const skipAuthority = (bytes: Uint8Array, start: number, end: number): number => {
  let at = start
  while (at < end && bytes[at] !== SLASH && bytes[at] !== QUESTION) at++
  return at
}

/** Where the path of a target ends and its query, with the '?', begins; `end` when there is no query. */
export const pathEnd = (bytes: Uint8Array, start: number, end: number): number => {
  let at = start
  while (at < end && bytes[at] !== QUESTION) at++
  return at
}
