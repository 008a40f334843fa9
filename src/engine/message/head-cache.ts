import { Buffer } from 'node:buffer'
import type { ResponseFields } from './response-fields.ts'

const ENTRIES = 64
const NO_FIELDS: readonly string[] = []

class Entry {
  status = 0
  length = 0
  persistenceLine = ''
  dateLine = ''
  fields = NO_FIELDS
  /** Empty: seen once, not worth keeping yet. */
  text = ''
}

/**
 * Response heads as they were last rendered. Most programs answer with few different heads, and comparing a handful of
 * strings, usually by identity, costs a fraction of joining them. Direct-mapped by status and body length; an entry
 * is kept once its like has been seen twice, so that heads which never repeat cost no copy.
 */
export class HeadCache {
  readonly #entries = Array.from({ length: ENTRIES }, () => new Entry())

  /**
   * The head with these parts when it was rendered before, else ''; then `keep` what was rendered. `length` is the
   * body's, negative for other framings.
   */
  find(
    status: number,
    length: number,
    persistenceLine: string,
    dateLine: string,
    fields: ResponseFields,
  ): string {
    const entry = this.#entryOf(status, length)
    return entry.text !== '' &&
      entry.status === status &&
      entry.length === length &&
      entry.dateLine === dateLine &&
      entry.persistenceLine === persistenceLine &&
      fields.equals(entry.fields)
      ? entry.text
      : ''
  }

  keep(
    text: string,
    status: number,
    length: number,
    persistenceLine: string,
    dateLine: string,
    fields: ResponseFields,
  ): void {
    const entry = this.#entryOf(status, length)
    const isRepeated = entry.status === status && entry.length === length
    entry.status = status
    entry.length = length
    entry.persistenceLine = persistenceLine
    entry.dateLine = dateLine
    entry.fields = isRepeated ? fields.copy() : NO_FIELDS
    // Through bytes and back: what was joined from parts stays a rope, which each write would flatten anew.
    entry.text = isRepeated ? Buffer.from(text, 'latin1').toString('latin1') : ''
  }

  #entryOf(status: number, length: number): Entry {
    return this.#entries[(status ^ length) & (ENTRIES - 1)] as Entry
  }
}
