import { isFieldValue } from '../http/fields.ts'
import { lowerCaseOf } from './field-names.ts'
import { hasUniqueHeaders, type OutgoingHeaders } from './native.ts'

type Value = string | number

/** Fields that change what else is in a head; Node's own rules know how. */
const SPECIAL: ReadonlySet<string> = new Set([
  'connection',
  'content-disposition',
  'cookie',
  'date',
  'expect',
  'keep-alive',
  'trailer',
  'transfer-encoding',
])

const SHORTEST_SPECIAL = 4
const LONGEST_SPECIAL = 19
const CONTENT_LENGTH = 'content-length'

/**
 * The fields of the head that is being made, in order. One list for all, because no two heads are made at once.
 */
export class FieldList {
  names: string[] = []
  values: Value[] = []
  #lower: string[] = []
  size = 0
  /** The announced Content-Length, null without one. */
  contentLength: Value | null = null
  #collections = 0

  clear(): void {
    this.size = 0
    this.#collections++
  }

  /** Takes what `setHeader` of `response` has kept. False: there is something that only Node's own code can render. */
  addSet(headers: OutgoingHeaders, response: object): boolean {
    for (const key in headers) {
      const entry = headers[key] as OutgoingHeaders[string]
      const value = entry[1]
      if (typeof value === 'string' || typeof value === 'number') {
        this.#add(key, entry[0], value)
      } else {
        if (!Array.isArray(value) || hasUniqueHeaders(response)) return false
        for (const item of value as readonly string[]) this.#add(key, entry[0], item)
      }
    }
    return true
  }

  /** Takes what `writeHead` was given, as far as it is known to be valid. False: Node has to look at it. */
  addGiven(headers: object): boolean {
    const collection = this.#collections
    for (const name of Object.keys(headers)) {
      const value = (headers as Record<string, unknown>)[name]
      if (this.names[this.size] === name && this.values[this.size] === value) {
        // As in the head before, and so still in its place.
        this.size++
        continue
      }
      const lower = lowerCaseOf(name)
      if (lower === undefined) return false
      if (typeof value === 'string' ? !isFieldValue(value) : typeof value !== 'number') return false
      this.#add(lower, name, value as Value)
    }
    // What looks like a value may have been a getter that makes another head.
    return collection === this.#collections
  }

  /** Whether all fields are ordinary ones; finds out what Content-Length was announced. */
  check(): boolean {
    this.contentLength = null
    for (let i = 0; i < this.size; i++) {
      const lower = this.#lower[i] as string
      const { length } = lower
      if (lower === CONTENT_LENGTH) this.contentLength = this.values[i] as Value
      else if (length >= SHORTEST_SPECIAL && length <= LONGEST_SPECIAL && SPECIAL.has(lower)) return false
    }
    return true
  }

  /** The field lines as they go on the wire. */
  lines(): string {
    let text = ''
    for (let i = 0; i < this.size; i++) text += `${this.names[i]}: ${this.values[i]}\r\n`
    return text
  }

  #add(lower: string, name: string, value: Value): void {
    const at = this.size++
    this.#lower[at] = lower
    this.names[at] = name
    this.values[at] = value
  }
}
