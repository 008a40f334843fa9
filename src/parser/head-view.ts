import { knownText } from './known-texts.ts'
import {
  FIELD_INTS,
  HEAD_FIELD_COUNT,
  HEAD_FIELDS,
  HEAD_LENGTH,
  HEAD_METHOD,
  HEAD_START,
  HEAD_TARGET_LENGTH,
  HEAD_TARGET_START,
} from './tape.ts'

const NO_BYTES = Buffer.alloc(0)
const NO_INTS = new Int32Array(HEAD_FIELDS)
const UPPER_A = 0x41
const UPPER_Z = 0x5a
const LOWER = 0x20
const SLASH = 0x2f

/**
 * Reads a head, or a trailer section, from its record; strings are decoded when asked for, as latin1 (RFC 9110, 5.5).
 * Borrowed from `reset` until the next parse, which overwrites window and tape; owned after `own`, until `release`.
 */
export class HeadView {
  /** Holds the head at `start`. */
  bytes: Buffer = NO_BYTES
  /** Holds its record at `at`. */
  tape: Int32Array = NO_INTS
  at = 0
  start = 0
  isBorrowed = false
  /** Kept from one exchange to the next. */
  #record = NO_INTS

  /** Borrows the record tape[at] and the bytes it is about. */
  reset(bytes: Buffer, tape: Int32Array, at: number): void {
    this.bytes = bytes
    this.tape = tape
    this.at = at
    this.start = tape[at + HEAD_START] as number
    this.isBorrowed = true
  }

  /** Copies what is borrowed: the bytes into `storage`, when given (it has to hold `length`), else into a new buffer. */
  own(storage?: Buffer): void {
    if (!this.isBorrowed) return
    const { tape, at, start, length } = this
    const ints = HEAD_FIELDS + FIELD_INTS * this.fieldCount
    if (this.#record.length < ints) this.#record = new Int32Array(2 * ints)
    const record = this.#record
    for (let i = 0; i < ints; i++) record[i] = tape[at + i] as number
    const bytes = storage ?? Buffer.allocUnsafe(length)
    this.bytes.copy(bytes, 0, start, start + length)
    this.bytes = bytes
    this.tape = record
    this.at = 0
    this.start = 0
    this.isBorrowed = false
  }

  /** Lets go of the bytes. The record's room stays for the next user. */
  release(): void {
    this.bytes = NO_BYTES
    this.tape = NO_INTS
    this.at = 0
    this.start = 0
    this.isBorrowed = false
  }

  /** llhttp's number; see http/methods.ts. */
  get method(): number {
    return this.tape[this.at + HEAD_METHOD] as number
  }

  /** Bytes from the start line to after the empty line. */
  get length(): number {
    return this.tape[this.at + HEAD_LENGTH] as number
  }

  get fieldCount(): number {
    return this.tape[this.at + HEAD_FIELD_COUNT] as number
  }

  /** Offset of the target in `bytes`. */
  get targetStart(): number {
    return this.start + (this.tape[this.at + HEAD_TARGET_START] as number)
  }

  get targetEnd(): number {
    return this.targetStart + (this.tape[this.at + HEAD_TARGET_LENGTH] as number)
  }

  /** The target begins with its path (RFC 9112, 3.2.1). */
  get isOriginForm(): boolean {
    return this.bytes[this.targetStart] === SLASH
  }

  target(): string {
    return knownText(this.bytes, this.targetStart, this.targetEnd)
  }

  /** The Host field, empty without one. A head with two is refused (RFC 9112, 3.2). */
  host(): string {
    const i = this.find('host')
    if (i < 0) return ''
    const field = this.at + HEAD_FIELDS + FIELD_INTS * i
    const start = this.start + (this.tape[field + 2] as number)
    return knownText(this.bytes, start, start + (this.tape[field + 3] as number))
  }

  /** The i-th field's name as it was sent. */
  name(i: number): string {
    const field = this.at + HEAD_FIELDS + FIELD_INTS * i
    const start = this.start + (this.tape[field] as number)
    return this.bytes.toString('latin1', start, start + (this.tape[field + 1] as number))
  }

  /** The i-th field's value, without whitespace around it. */
  value(i: number): string {
    const field = this.at + HEAD_FIELDS + FIELD_INTS * i
    const length = this.tape[field + 3] as number
    if (length === 0) return ''
    const start = this.start + (this.tape[field + 2] as number)
    return this.bytes.toString('latin1', start, start + length)
  }

  /** Index of the first field from `from` on with this name in any case, -1 when there is none. */
  find(lowerCaseName: string, from = 0): number {
    const { bytes, tape, start } = this
    const { length } = lowerCaseName
    const first = this.at + HEAD_FIELDS
    const end = first + FIELD_INTS * this.fieldCount
    for (let field = first + FIELD_INTS * from; field < end; field += FIELD_INTS) {
      if (tape[field + 1] === length && isNamed(bytes, start + (tape[field] as number), lowerCaseName)) {
        return (field - first) / FIELD_INTS
      }
    }
    return -1
  }
}

const isNamed = (bytes: Uint8Array, at: number, lowerCaseName: string): boolean => {
  for (let i = 0; i < lowerCaseName.length; i++) {
    let byte = bytes[at + i] as number
    if (byte >= UPPER_A && byte <= UPPER_Z) byte |= LOWER
    if (byte !== lowerCaseName.charCodeAt(i)) return false
  }
  return true
}
