import { FIELD_INTS } from './tape.ts'

/**
 * What frames, routes, modifies or authenticates a request is of no use at its end, and dangerous where somebody merges
 * trailers into the head: no sender may send it there (RFC 9110, 6.5.1).
 */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'max-forwards',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Whether one of the fields recorded in tape[at, end) may not be a trailer; their names are relative to `start`. */
export const hasForbiddenTrailer = (
  bytes: Uint8Array,
  start: number,
  tape: Int32Array,
  at: number,
  end: number,
): boolean => {
  for (let field = at; field < end; field += FIELD_INTS) {
    const name = start + (tape[field] as number)
    if (FORBIDDEN.has(lowerCase(bytes, name, name + (tape[field + 1] as number)))) return true
  }
  return false
}

const lowerCase = (bytes: Uint8Array, start: number, end: number): string =>
  String.fromCharCode(...bytes.subarray(start, end)).toLowerCase()
