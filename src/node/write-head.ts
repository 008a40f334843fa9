import type { Exchange } from '../engine/message/exchange.ts'
import { lowerCaseOf, remember } from './field-names.ts'
import { CHUNKED, plainHead } from './head-text.ts'
import { nativeWriteHead } from './native.ts'
import type { HttpResponse } from './response.ts'
import { EXCHANGE } from './symbols.ts'

type NativeWriteHead = (...args: unknown[]) => HttpResponse

/** The fields among the arguments of `writeHead`; undefined for forms that are left to Node. */
const fieldsOf = (reason: unknown, fields: unknown): object | null | undefined => {
  if (typeof reason === 'string') return undefined
  const given = fields ?? reason ?? null
  return typeof given !== 'object' || Array.isArray(given) ? undefined : given
}

/** `writeHead` for a plain head; everything else, and every error, is Node's. */
export function writeHead(
  this: HttpResponse,
  statusCode: unknown,
  reason?: unknown,
  fields?: unknown,
): HttpResponse {
  const exchange: Exchange | null = this[EXCHANGE]
  const given = fieldsOf(reason, fields)
  if (exchange !== null && given !== undefined && !this._header && typeof statusCode === 'number') {
    const { _contentLength } = this
    const length = typeof _contentLength === 'number' ? _contentLength : CHUNKED
    const head = plainHead(this, statusCode, given, length, exchange.lines)
    if (head !== '') {
      this._header = head
      this._headerSent = false
      return this
    }
  }
  ;(nativeWriteHead as unknown as NativeWriteHead).call(this, statusCode, reason, fields)
  // All names are valid; next time they need no checking.
  if (given) for (const name of Object.keys(given)) if (lowerCaseOf(name) === undefined) remember(name)
  return this
}
