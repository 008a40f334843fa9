import { HEX_BYTES, REG_NAME_BYTES, UNRESERVED_BYTES } from './characters.ts'

const PERCENT = 0x25
const DOT = 0x2e
const ZERO = 0x30
const TWO = 0x32
const FIVE = 0x35
const COLON = 0x3a
const LOWER_V = 0x76
const TO_LOWER = 0x20

const GROUPS = 8
const MAX_GROUP_DIGITS = 4

/** What stands between the brackets of a host: IPv6address, optionally with a zone, or IPvFuture (RFC 3986, 3.2.2). */
export const isIpLiteral = (bytes: Uint8Array, start: number, end: number): boolean => {
  if (start < end && ((bytes[start] as number) | TO_LOWER) === LOWER_V)
    return isIpFuture(bytes, start + 1, end)
  const zone = indexOf(bytes, PERCENT, start, end)
  if (zone < end && !isZone(bytes, zone, end)) return false
  return isIpv6(bytes, start, zone)
}

/** `::` stands for at least one group; a dotted IPv4 address may stand for the last two. */
const isIpv6 = (bytes: Uint8Array, start: number, end: number): boolean => {
  let groups = 0
  let hasGap = false
  let at = start
  if (bytes[at] === COLON) {
    // A single leading colon is wrong; of a double one the first is skipped, so that the loop meets the second.
    if (at + 1 >= end || bytes[at + 1] !== COLON) return false
    at++
  }
  while (at < end) {
    if (bytes[at] === COLON) {
      if (hasGap) return false
      hasGap = true
      at++
      continue
    }
    const digitsEnd = skipHex(bytes, at, end)
    if (digitsEnd < end && bytes[digitsEnd] === DOT) {
      groups += 2
      if (!isIpv4(bytes, at, end)) return false
      break
    }
    const digits = digitsEnd - at
    if (digits === 0 || digits > MAX_GROUP_DIGITS) return false
    groups++
    at = digitsEnd
    if (at === end) break
    if (bytes[at] !== COLON || at + 1 === end) return false
    at++
  }
  return hasGap ? groups < GROUPS : groups === GROUPS
}

/** Four decimal octets without leading zeros. */
const isIpv4 = (bytes: Uint8Array, start: number, end: number): boolean => {
  let octets = 0
  let value = -1
  for (let at = start; at <= end; at++) {
    const byte = at === end ? DOT : (bytes[at] as number)
    if (byte === DOT) {
      if (value < 0) return false
      octets++
      value = -1
      continue
    }
    const digit = byte - ZERO
    if (digit < 0 || digit > 9 || value === 0) return false
    value = value < 0 ? digit : value * 10 + digit
    if (value > 255) return false
  }
  return octets === 4
}

/** RFC 6874: "%25" and 1*( unreserved / pct-encoded ). */
const isZone = (bytes: Uint8Array, start: number, end: number): boolean => {
  if (end - start < 4 || bytes[start + 1] !== TWO || bytes[start + 2] !== FIVE) return false
  for (let at = start + 3; at < end; at++) {
    if (UNRESERVED_BYTES[bytes[at] as number] === 1) continue
    if (!isEscape(bytes, at, end)) return false
    at += 2
  }
  return true
}

/** 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ), after the "v". */
const isIpFuture = (bytes: Uint8Array, start: number, end: number): boolean => {
  const dot = skipHex(bytes, start, end)
  if (dot === start || dot + 1 >= end || bytes[dot] !== DOT) return false
  for (let at = dot + 1; at < end; at++) {
    const byte = bytes[at] as number
    if (byte !== COLON && REG_NAME_BYTES[byte] !== 1) return false
  }
  return true
}

/** "%" HEXDIG HEXDIG at `at` (RFC 3986, 2.1). */
export const isEscape = (bytes: Uint8Array, at: number, end: number): boolean =>
  at + 2 < end &&
  bytes[at] === PERCENT &&
  HEX_BYTES[bytes[at + 1] as number] === 1 &&
  HEX_BYTES[bytes[at + 2] as number] === 1

const skipHex = (bytes: Uint8Array, start: number, end: number): number => {
  let at = start
  while (at < end && HEX_BYTES[bytes[at] as number] === 1) at++
  return at
}

/** The first place of `byte` in [start, end), or `end`. */
export const indexOf = (bytes: Uint8Array, byte: number, start: number, end: number): number => {
  let at = start
  while (at < end && bytes[at] !== byte) at++
  return at
}
