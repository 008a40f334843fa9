import { NovaError } from '../../errors.ts'
import { isFieldValue, isToken } from '../../http/fields.ts'

export type FieldValue = string | number | readonly string[]

/** Names that decide how the message is framed or whether the connection lives; the engine writes them itself. */
const FRAMING_FIELDS: ReadonlySet<string> = new Set(['transfer-encoding', 'keep-alive', 'upgrade', 'trailer'])

const ORDINARY = 0
const CONNECTION = 1
const CONTENT_LENGTH = 2
const DATE = 3

interface FieldName {
  readonly lower: string
  readonly kind: number
}

/** Names checked before: a program sets the same few for every response. Bounded, because names may be data. */
const KNOWN_NAMES = new Map<string, FieldName>()
const MAX_KNOWN_NAMES = 512

/** @throws FIELD_NAME_INVALID, FRAMING_FIELD */
export const checkName = (name: string): FieldName => {
  const known = KNOWN_NAMES.get(name)
  if (known !== undefined) return known
  if (!isToken(name))
    throw new NovaError('FIELD_NAME_INVALID', `Field name ${JSON.stringify(name)} is not a token.`)
  const lower = name.toLowerCase()
  if (FRAMING_FIELDS.has(lower)) {
    throw new NovaError('FRAMING_FIELD', `Field ${name} is written by the engine and cannot be set.`)
  }
  const kind =
    lower === 'connection'
      ? CONNECTION
      : lower === 'content-length'
        ? CONTENT_LENGTH
        : lower === 'date'
          ? DATE
          : ORDINARY
  const checked = { lower, kind }
  if (KNOWN_NAMES.size < MAX_KNOWN_NAMES) KNOWN_NAMES.set(name, checked)
  return checked
}

const STRIDE = 3
const LOWER = 0
const NAME = 1
const VALUE = 2

/** Slots of the list that stay with a pooled object; a response with more fields gives them back. */
const KEPT_SLOTS = 32 * STRIDE

/** @throws FIELD_VALUE_INVALID */
export const checkValue = (name: string, value: string): string => {
  if (!isFieldValue(value))
    throw new NovaError('FIELD_VALUE_INVALID', `The value of field ${name} contains a control character.`)
  return value
}

/**
 * The fields of one response in the order they were set: a flat list of (lower-case name, name, value), because
 * responses carry few fields and a scan over few strings beats a map. Pooled with its exchange.
 */
export class ResponseFields {
  #flat: string[] = []
  #end = 0
  /** The announced Content-Length, -1 when the program set none. */
  contentLength = -1
  /** True once the program asked for `Connection: close`. */
  close = false
  /** True once the program set its own Date. */
  hasDate = false

  reset(): void {
    if (this.#end > KEPT_SLOTS) this.#flat = []
    this.#end = 0
    this.contentLength = -1
    this.close = false
    this.hasDate = false
  }

  /**
   * Replaces every field called `name`. An array becomes repeated fields.
   * @throws FIELD_NAME_INVALID, FIELD_VALUE_INVALID, FRAMING_FIELD
   */
  set(name: string, value: FieldValue): void {
    const { lower, kind } = checkName(name)
    if (kind === CONNECTION) {
      this.#setConnection(value)
    } else if (kind === CONTENT_LENGTH) {
      this.#setContentLength(value)
    } else if (this.#end === 0) {
      this.#append(lower, name, value, kind)
    } else if (typeof value !== 'string' || !this.#replaceSingle(lower, name, value)) {
      this.remove(name)
      this.#append(lower, name, value, kind)
    }
  }

  /** Adds a field, keeping those of the same name (Set-Cookie). */
  append(name: string, value: FieldValue): void {
    const { lower, kind } = checkName(name)
    if (kind === CONNECTION || kind === CONTENT_LENGTH) this.set(name, value)
    else this.#append(lower, name, value, kind)
  }

  /** The value of the field, joined with ', ' when repeated (RFC 9110, 5.3); undefined when absent. */
  get(name: string): string | undefined {
    const lower = name.toLowerCase()
    if (lower === 'content-length') return this.contentLength < 0 ? undefined : String(this.contentLength)
    if (lower === 'connection') return this.close ? 'close' : undefined
    let joined: string | undefined
    for (let i = 0; i < this.#end; i += STRIDE) {
      if (this.#flat[i + LOWER] !== lower) continue
      joined = joined === undefined ? this.#flat[i + VALUE] : `${joined}, ${this.#flat[i + VALUE]}`
    }
    return joined
  }

  remove(name: string): void {
    const lower = name.toLowerCase()
    if (lower === 'content-length') this.contentLength = -1
    if (lower === 'connection') this.close = false
    if (lower === 'date') this.hasDate = false
    for (let i = this.#end - STRIDE; i >= 0; i -= STRIDE) {
      if (this.#flat[i + LOWER] !== lower) continue
      this.#flat.splice(i, STRIDE)
      this.#end -= STRIDE
    }
  }

  /** The field lines as they go on the wire. */
  serialize(): string {
    const flat = this.#flat
    let lines = ''
    for (let i = 0; i < this.#end; i += STRIDE) lines += `${flat[i + NAME]}: ${flat[i + VALUE]}\r\n`
    return lines
  }

  /** What `equals` compares with. */
  copy(): readonly string[] {
    return this.#flat.slice(0, this.#end)
  }

  /** Whether these are the same fields, of the same values, in the same order and spelling. */
  equals(copy: readonly string[]): boolean {
    const flat = this.#flat
    if (copy.length !== this.#end) return false
    for (let i = this.#end - 1; i >= 0; i--) if (flat[i] !== copy[i]) return false
    return true
  }

  #append(lower: string, name: string, value: FieldValue, kind: number): void {
    if (kind === DATE) this.hasDate = true
    if (Array.isArray(value)) {
      for (const item of value as readonly string[]) this.#push(lower, name, checkValue(name, String(item)))
    } else {
      this.#push(lower, name, checkValue(name, typeof value === 'string' ? value : String(value)))
    }
  }

  #push(lower: string, name: string, value: string): void {
    const flat = this.#flat
    const at = this.#end
    flat[at + LOWER] = lower
    flat[at + NAME] = name
    flat[at + VALUE] = value
    this.#end = at + STRIDE
  }

  /** Overwrites in place when exactly one such field exists: its place in the order stays. */
  #replaceSingle(lower: string, name: string, value: string): boolean {
    const flat = this.#flat
    let found = -1
    for (let i = 0; i < this.#end; i += STRIDE) {
      if (flat[i + LOWER] !== lower) continue
      if (found >= 0) return false
      found = i
    }
    if (found < 0) return false
    flat[found + NAME] = name
    flat[found + VALUE] = checkValue(name, value)
    return true
  }

  #setConnection(value: FieldValue): void {
    const lower = String(value).toLowerCase()
    if (lower !== 'close' && lower !== 'keep-alive') {
      throw new NovaError(
        'FRAMING_FIELD',
        'Connection may be set to close or keep-alive; the engine writes the rest.',
      )
    }
    this.close = lower === 'close'
  }

  #setContentLength(value: FieldValue): void {
    const text = String(value)
    const length = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN
    if (!Number.isSafeInteger(length)) {
      throw new NovaError(
        'FIELD_VALUE_INVALID',
        `Content-Length must be a non-negative integer; got ${text}.`,
      )
    }
    this.contentLength = length
  }
}

/** The field lines of an informational response. @throws FIELD_NAME_INVALID, FIELD_VALUE_INVALID, FRAMING_FIELD */
export const informationalLines = (fields: Readonly<Record<string, FieldValue>>): string => {
  const lines = new ResponseFields()
  for (const [name, value] of Object.entries(fields)) lines.append(name, value)
  return lines.serialize()
}
