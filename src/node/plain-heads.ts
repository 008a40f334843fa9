import { Buffer } from 'node:buffer'
import type { FieldList } from './field-list.ts'

const ENTRIES = 64

/** Longer lists are rendered each time. */
const MAX_FIELDS = 32

export class PlainHead {
  status = 0
  /** Of the body; negative when it comes in chunks. */
  length = 0
  dateLine = ''
  persistenceLines = ''
  size = 0
  names: string[] = []
  values: (string | number)[] = []
  contentLength: string | number | null = null
  /** Empty: seen once, not worth keeping yet. */
  text = ''
  /** Every character is one byte in UTF-8 as well. */
  isAscii = false

  isOf(
    status: number,
    length: number,
    dateLine: string,
    persistenceLines: string,
    fields: FieldList,
  ): boolean {
    if (
      this.text === '' ||
      this.status !== status ||
      this.length !== length ||
      this.dateLine !== dateLine ||
      this.persistenceLines !== persistenceLines ||
      this.size !== fields.size
    ) {
      return false
    }
    const { names, values } = fields
    for (let i = 0; i < this.size; i++) {
      if (this.names[i] !== names[i] || this.values[i] !== values[i]) return false
    }
    return true
  }
}

/**
 * Heads as they were last rendered, as the engine's own HeadCache keeps them: most programs answer with few different
 * ones. Direct-mapped by status and length; kept once the like has been seen twice.
 */
export class PlainHeads {
  readonly #entries = Array.from({ length: ENTRIES }, () => new PlainHead())

  /** The only place where a head of this status and length may be. */
  at(status: number, length: number): PlainHead {
    return this.#entries[(status ^ length) & (ENTRIES - 1)] as PlainHead
  }

  keep(
    entry: PlainHead,
    text: string,
    status: number,
    length: number,
    dateLine: string,
    persistenceLines: string,
    fields: FieldList,
  ): void {
    const isRepeated = entry.status === status && entry.length === length && fields.size <= MAX_FIELDS
    entry.status = status
    entry.length = length
    entry.dateLine = dateLine
    entry.persistenceLines = persistenceLines
    entry.size = isRepeated ? fields.size : 0
    entry.names = isRepeated ? fields.names.slice(0, fields.size) : []
    entry.values = isRepeated ? fields.values.slice(0, fields.size) : []
    entry.contentLength = fields.contentLength
    // Through bytes and back: what was joined from parts stays a rope, which each write would flatten anew.
    entry.text = isRepeated ? Buffer.from(text, 'latin1').toString('latin1') : ''
    entry.isAscii = isRepeated && Buffer.byteLength(text) === text.length
  }
}
