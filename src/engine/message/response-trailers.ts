import { NovaError } from '../../errors.ts'
import { isTrailerName } from '../../http/trailers.ts'
import { checkName, checkValue } from './response-fields.ts'

/** The trailer section of one response: sent behind the last chunk, dropped where there are no chunks. */
export class ResponseTrailers {
  #lines = ''
  #names = ''

  /** @throws FIELD_NAME_INVALID, FIELD_VALUE_INVALID, FRAMING_FIELD, TRAILER_NOT_ALLOWED */
  set(name: string, value: string | number): void {
    const { lower } = checkName(name)
    if (!isTrailerName(lower))
      throw new NovaError('TRAILER_NOT_ALLOWED', `Field ${name} must not be a trailer.`)
    this.#lines += `${name}: ${checkValue(name, String(value))}\r\n`
    this.#names += this.#names === '' ? name : `, ${name}`
  }

  /** `Trailer: ...`, which announces what was set before the head (RFC 9110, 6.6.2). */
  get announcement(): string {
    return this.#names === '' ? '' : `Trailer: ${this.#names}\r\n`
  }

  get lines(): string {
    return this.#lines
  }
}
