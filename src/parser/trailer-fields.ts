import { isTrailerName } from '../http/trailers.ts'
import { FIELD_INTS } from './tape.ts'

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
    if (!isTrailerName(lowerCase(bytes, name, name + (tape[field + 1] as number)))) return true
  }
  return false
}

const lowerCase = (bytes: Uint8Array, start: number, end: number): string =>
  String.fromCharCode(...bytes.subarray(start, end)).toLowerCase()
