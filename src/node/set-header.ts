import { isFieldValue } from '../http/fields.ts'
import { lowerCaseOf, remember } from './field-names.ts'
import { nativeSetHeader, OUT_HEADERS } from './native.ts'
import type { HttpResponse } from './response.ts'

/**
 * The fields of a response, as Node's methods keep them: an object without inherited keys. Node makes a dictionary,
 * which costs several times as much to fill.
 */
function FieldMap(): void {
  // Made empty.
}
FieldMap.prototype = Object.create(null)
const NewFieldMap = FieldMap as unknown as new () => Record<string, Field>

type Field = [name: string, value: string | number]
type Fields = Record<symbol, Record<string, Field> | null>

/** `setHeader` for a name seen before and a string or number; everything else, and every error, is Node's. */
export function setHeader(this: HttpResponse, name: string, value: unknown): HttpResponse {
  const lower = lowerCaseOf(name)
  const isPlain = typeof value === 'string' ? isFieldValue(value) : typeof value === 'number'
  if (!isPlain || lower === undefined || OUT_HEADERS === null || this._header) {
    nativeSetHeader.call(this, name, value as string)
    if (lower === undefined) remember(name)
    return this
  }
  const holder = this as unknown as Fields
  let fields = holder[OUT_HEADERS]
  if (!fields) {
    fields = new NewFieldMap()
    holder[OUT_HEADERS] = fields
  }
  fields[lower] = [name, value as string | number]
  return this
}
