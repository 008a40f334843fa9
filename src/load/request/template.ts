import { randomUUID } from 'node:crypto'
import { NovaError } from '../../errors.ts'
import type { Part } from '../arrivals/arrivals.ts'
import type { Random } from '../arrivals/random.ts'

export type Row = Readonly<Record<string, string>>

/** UTF-8 bytes as latin1 text, so that the length of a text is its length on the wire. */
export const wireText = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

/** What placeholders stand for in the current request: the same in its target, fields and body. */
export class TemplateValues {
  /** Which request this is, from 0; requests of several parts interleave, so none repeats. */
  counter: number
  readonly random: Random
  readonly #step: number
  readonly #rows: readonly Row[]

  constructor(random: Random, part: Part, rows: readonly Row[]) {
    this.random = random
    this.counter = part.index - part.count
    this.#step = part.count
    this.#rows = rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, wireText(value)])),
    )
  }

  advance(): void {
    this.counter += this.#step
  }

  /** Rows are taken in turn. */
  column(name: string): string {
    return this.#rows[this.counter % this.#rows.length]?.[name] as string
  }

  hasColumn(name: string): boolean {
    return this.#rows.length > 0 && this.#rows.every((row) => Object.hasOwn(row, name))
  }
}

type Piece = string | ((values: TemplateValues) => string)

/** A text with placeholders; rendered as latin1 text that holds UTF-8. */
export class Template {
  readonly #pieces: readonly Piece[]

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces
  }

  get isStatic(): boolean {
    return this.#pieces.every((piece) => typeof piece === 'string')
  }

  render(values: TemplateValues): string {
    let text = ''
    for (const piece of this.#pieces) text += typeof piece === 'string' ? piece : piece(values)
    return text
  }
}

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/
const RANDOM = /^random\s+(-?\d+)\s+(-?\d+)$/
const ROW = /^row\.(.+)$/

const compilePlaceholder = (text: string, values: TemplateValues): Piece => {
  if (text === 'counter') return ({ counter }) => String(counter)
  if (text === 'uuid') return () => randomUUID()
  const random = RANDOM.exec(text)
  if (random !== null) {
    const [min, max] = [Number(random[1]), Number(random[2])]
    return (current) => String(current.random.integer(min, max))
  }
  const column = ROW.exec(text)?.[1]
  if (column === undefined) {
    throw new NovaError(
      'OPTION_INVALID',
      `Template: {{${text}}} is unknown. Known are {{counter}}, {{random MIN MAX}}, {{uuid}} and {{row.COLUMN}}.`,
    )
  }
  if (!values.hasColumn(column)) {
    throw new NovaError(
      'OPTION_INVALID',
      `Template: {{${text}}} needs rows that all have a column ${column}.`,
    )
  }
  return (current) => current.column(column)
}

/** Reads a template. Throws OPTION_INVALID for a placeholder that is unknown or names a column that is not there. */
export const compileTemplate = (text: string, values: TemplateValues): Template =>
  // Split by an expression with a group: every second part is what stood in braces.
  new Template(
    text
      .split(PLACEHOLDER)
      .map((part, i) => (i % 2 === 0 ? wireText(part) : compilePlaceholder(part, values))),
  )
