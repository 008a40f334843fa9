import type { RefusalCode } from '../../errors.ts'
import { isValidHost } from '../../http/host.ts'
import { METHOD_CONNECT } from '../../http/methods.ts'
import { classifyTarget, TARGET_INVALID } from '../../http/target.ts'
import {
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

const HOST_LENGTH = 4
const H = 0x68
const O = 0x6f
const S = 0x73
const T = 0x74
const LOWER = 0x20

const isHostName = (bytes: Uint8Array, at: number): boolean =>
  ((bytes[at] as number) | LOWER) === H &&
  ((bytes[at + 1] as number) | LOWER) === O &&
  ((bytes[at + 2] as number) | LOWER) === S &&
  ((bytes[at + 3] as number) | LOWER) === T

/**
 * What llhttp lets through and a server must refuse. Returns null when the head recorded at `tape[at]` is acceptable.
 * RFC 9112: 2.3 (version), 3.2 (target, Host), 6.1 (Transfer-Encoding, also with Content-Length and on HTTP/1.0).
 */
export const checkHead = (bytes: Uint8Array, tape: Int32Array, at: number): RefusalCode | null => {
  if (tape[at + HEAD_MAJOR] !== 1 || (tape[at + HEAD_MINOR] as number) > 1) return 'UNSUPPORTED_VERSION'
  const flags = tape[at + HEAD_FLAGS] as number
  if ((flags & FLAG_TRANSFER_ENCODING) !== 0) {
    if (tape[at + HEAD_MINOR] === 0) return 'BAD_TRANSFER_ENCODING'
    if ((flags & FLAG_CHUNKED) === 0) return 'UNSUPPORTED_TRANSFER_CODING'
    if ((flags & FLAG_CONTENT_LENGTH) !== 0) return 'BAD_CONTENT_LENGTH'
  }
  const start = tape[at + HEAD_START] as number
  const method = tape[at + HEAD_METHOD] as number
  const targetStart = start + (tape[at + HEAD_TARGET_START] as number)
  const targetEnd = targetStart + (tape[at + HEAD_TARGET_LENGTH] as number)
  if (classifyTarget(bytes, targetStart, targetEnd, method) === TARGET_INVALID) return 'BAD_TARGET'
  const host = checkHost(bytes, tape, at, start)
  if (host !== null) return host
  return method === METHOD_CONNECT ? 'UNSUPPORTED_CONNECT' : null
}

/** RFC 9112, 3.2: exactly one valid Host on HTTP/1.1; at most one on HTTP/1.0. */
const checkHost = (bytes: Uint8Array, tape: Int32Array, at: number, start: number): RefusalCode | null => {
  let found = false
  const end = at + HEAD_FIELDS + 4 * (tape[at + HEAD_FIELD_COUNT] as number)
  for (let i = at + HEAD_FIELDS; i < end; i += 4) {
    if (tape[i + 1] !== HOST_LENGTH || !isHostName(bytes, start + (tape[i] as number))) continue
    if (found) return 'REPEATED_HOST'
    found = true
    const valueStart = start + (tape[i + 2] as number)
    if (!isValidHost(bytes, valueStart, valueStart + (tape[i + 3] as number))) return 'BAD_HOST'
  }
  return found || tape[at + HEAD_MINOR] === 0 ? null : 'MISSING_HOST'
}
