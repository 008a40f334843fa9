import type { RefusalCode } from '../../errors.ts'
import { isValidHost } from '../../http/host.ts'
import { METHOD_CONNECT } from '../../http/methods.ts'
import { classifyTarget, TARGET_INVALID } from '../../http/target.ts'
import {
  FIELD_INTS,
  FLAG_CHUNKED,
  FLAG_CONTENT_LENGTH,
  FLAG_TRANSFER_ENCODING,
  HEAD_FIELD_COUNT,
  HEAD_FIELDS,
  HEAD_FLAGS,
  HEAD_MAJOR,
  HEAD_METHOD,
  HEAD_MINOR,
  HEAD_START,
  HEAD_TARGET_LENGTH,
  HEAD_TARGET_START,
} from '../../parser/tape.ts'

/** What head rules found beside faults: set on HEAD_FLAGS of the record, above the parser's own bits. */
export const FLAG_EXPECTS_CONTINUE = 0x100_0000

/** HTTP/1.1 without Host, and expectations other than 100-continue, are the program's business. */
export const ALLOW_NO_HOST = 1
export const ALLOW_ANY_EXPECTATION = 2

const HOST = 'host'
const EXPECT = 'expect'
const CONTINUE = '100-continue'
const TRANSFER_ENCODING = 'transfer-encoding'
const CHUNKED = 'chunked'
const MANY = 2
const COMMA = 0x2c
const UPPER_A = 0x41
const UPPER_Z = 0x5a
const LOWER = 0x20

/** Whether the `lower.length` bytes at `at` are `lower` in any case. */
const isText = (bytes: Uint8Array, at: number, lower: string): boolean => {
  for (let i = 0; i < lower.length; i++) {
    let byte = bytes[at + i] as number
    if (byte >= UPPER_A && byte <= UPPER_Z) byte |= LOWER
    if (byte !== lower.charCodeAt(i)) return false
  }
  return true
}

/**
 * What llhttp lets through and a server must refuse. Returns null when the head recorded at `tape[at]` is acceptable.
 * RFC 9112: 2.3 (version), 3.2 (target, Host), 6.1 (Transfer-Encoding, also with Content-Length and on HTTP/1.0).
 */
export const checkHead = (
  bytes: Uint8Array,
  tape: Int32Array,
  at: number,
  acceptsConnect: boolean,
  allowances = 0,
): RefusalCode | null => {
  if (tape[at + HEAD_MAJOR] !== 1 || (tape[at + HEAD_MINOR] as number) > 1) return 'UNSUPPORTED_VERSION'
  const flags = tape[at + HEAD_FLAGS] as number
  const start = tape[at + HEAD_START] as number
  if ((flags & FLAG_TRANSFER_ENCODING) !== 0) {
    const fault = checkTransferEncoding(bytes, tape, at, start)
    if (fault !== null) return fault
  }
  const method = tape[at + HEAD_METHOD] as number
  const targetStart = start + (tape[at + HEAD_TARGET_START] as number)
  const targetEnd = targetStart + (tape[at + HEAD_TARGET_LENGTH] as number)
  if (classifyTarget(bytes, targetStart, targetEnd, method) === TARGET_INVALID) return 'BAD_TARGET'
  const fault = checkFields(bytes, tape, at, start, allowances)
  if (fault !== null) return fault
  return method === METHOD_CONNECT && !acceptsConnect ? 'UNSUPPORTED_CONNECT' : null
}

/**
 * Nothing but `chunked`, once (RFC 9112, 6.1 and 6.3): without it at the end, beside a Content-Length or in HTTP/1.0
 * two recipients may disagree on where the message ends; llhttp passes on whatever stands in front of it, still encoded.
 */
const checkTransferEncoding = (
  bytes: Uint8Array,
  tape: Int32Array,
  at: number,
  start: number,
): RefusalCode | null => {
  const flags = tape[at + HEAD_FLAGS] as number
  if (tape[at + HEAD_MINOR] === 0 || (flags & FLAG_CHUNKED) === 0) return 'BAD_TRANSFER_ENCODING'
  if ((flags & FLAG_CONTENT_LENGTH) !== 0) return 'BAD_CONTENT_LENGTH'
  let codings = 0
  const end = at + HEAD_FIELDS + FIELD_INTS * (tape[at + HEAD_FIELD_COUNT] as number)
  for (let i = at + HEAD_FIELDS; i < end; i += FIELD_INTS) {
    const isNamed = tape[i + 1] === TRANSFER_ENCODING.length
    if (!isNamed || !isText(bytes, start + (tape[i] as number), TRANSFER_ENCODING)) continue
    const value = start + (tape[i + 2] as number)
    // An empty list element is no coding, but not all recipients skip it.
    if (bytes[value] === COMMA) return 'BAD_TRANSFER_ENCODING'
    codings += tape[i + 3] === CHUNKED.length && isText(bytes, value, CHUNKED) ? 1 : MANY
  }
  return codings === 1 ? null : 'UNSUPPORTED_TRANSFER_CODING'
}

/**
 * RFC 9112, 3.2: exactly one valid Host on HTTP/1.1, at most one on HTTP/1.0. RFC 9110, 10.1.1: no expectation but
 * 100-continue can be met, and HTTP/1.0 has none.
 */
const checkFields = (
  bytes: Uint8Array,
  tape: Int32Array,
  at: number,
  start: number,
  allowances: number,
): RefusalCode | null => {
  const isOld = tape[at + HEAD_MINOR] === 0
  let hasHost = false
  const end = at + HEAD_FIELDS + FIELD_INTS * (tape[at + HEAD_FIELD_COUNT] as number)
  for (let i = at + HEAD_FIELDS; i < end; i += FIELD_INTS) {
    const nameLength = tape[i + 1]
    if (nameLength === HOST.length && isText(bytes, start + (tape[i] as number), HOST)) {
      if (hasHost) return 'REPEATED_HOST'
      hasHost = true
      const valueStart = start + (tape[i + 2] as number)
      if (!isValidHost(bytes, valueStart, valueStart + (tape[i + 3] as number))) return 'BAD_HOST'
    } else if (nameLength === EXPECT.length && !isOld && isText(bytes, start + (tape[i] as number), EXPECT)) {
      if (tape[i + 3] !== CONTINUE.length || !isText(bytes, start + (tape[i + 2] as number), CONTINUE)) {
        if ((allowances & ALLOW_ANY_EXPECTATION) === 0) return 'UNKNOWN_EXPECTATION'
        continue
      }
      tape[at + HEAD_FLAGS] = (tape[at + HEAD_FLAGS] as number) | FLAG_EXPECTS_CONTINUE
    }
  }
  return hasHost || isOld || (allowances & ALLOW_NO_HOST) !== 0 ? null : 'MISSING_HOST'
}
