/** Lower-case names and values in turn. */
export type FieldList = readonly string[]

/** What a `Response` takes as it is, so that no error is put off until it is sent. */
const PLAIN_NAME = /^[\w-]+$/
const PLAIN_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/

interface KnownName {
  readonly lower: string
  /** The last value under this name that was found plain: most programs have few. */
  value: string
}

/** Names by their spelling: a program sets the same few on every response. Bounded, because names may be data. */
const knownNames = new Map<string, KnownName>()
const MAX_KNOWN_NAMES = 512

const nameOf = (name: string): KnownName | null => {
  const known = knownNames.get(name)
  if (known !== undefined) return known
  if (!PLAIN_NAME.test(name)) return null
  const checked = { lower: name.toLowerCase(), value: '' }
  if (knownNames.size < MAX_KNOWN_NAMES) knownNames.set(name, checked)
  return checked
}

/** A copy of `headers` when it is an object of ordinary fields, else null. */
export const plainFields = (headers: object): string[] | null => {
  if (Object.getPrototypeOf(headers) !== Object.prototype) return null
  const fields: string[] = []
  for (const key of Object.keys(headers)) {
    const name = nameOf(key)
    const value = (headers as Record<string, unknown>)[key]
    if (name === null || typeof value !== 'string') return null
    if (value !== name.value) {
      if (!PLAIN_VALUE.test(value)) return null
      name.value = value
    }
    // Two cases of one name are joined by the real one.
    if (hasField(fields, name.lower)) return null
    fields.push(name.lower, value)
  }
  return fields
}

/** A copy of `headers`. */
export const listOf = (headers: Headers): string[] => {
  const fields: string[] = []
  for (const [name, value] of headers) fields.push(name, value)
  return fields
}

export const hasField = (fields: FieldList, lower: string): boolean => {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === lower) return true
  return false
}

export const headersOf = (fields: FieldList): Headers => {
  const headers = new Headers()
  for (let i = 0; i < fields.length; i += 2) headers.append(fields[i] as string, fields[i + 1] as string)
  return headers
}
