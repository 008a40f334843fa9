import { passFor, standFor } from './delegation.ts'

/** Kept before `patchGlobals` replaces it. */
const NativeResponse: typeof Response = globalThis.Response

type BodyInit = ConstructorParameters<typeof Response>[0]
type HeadersInit = ConstructorParameters<typeof Headers>[0]
type Fields = Readonly<Record<string, string>>
type Init = NonNullable<ConstructorParameters<typeof Response>[1]>

export interface PlainResponse {
  readonly body: string | Uint8Array | null
  readonly fields: Iterable<readonly [name: string, value: string]>
}

/** What a `Response` takes as it is, so that no error is put off until it is sent. */
const PLAIN_NAME = /^[\w-]+$/
const PLAIN_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/
const NO_FIELDS: Fields = Object.freeze({})
/** What a text is when the program does not say (Fetch, "extract a body"). */
const TEXT_TYPE = 'text/plain;charset=UTF-8'

/** A copy of `headers`, by lower-case names, when it is an object of ordinary fields, else null. */
const plainFields = (headers: HeadersInit | undefined): Record<string, string> | null => {
  const fields: Record<string, string> = {}
  if (headers === undefined) return fields
  if (Object.getPrototypeOf(headers) !== Object.prototype) return null
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    const isPlain = typeof value === 'string' && PLAIN_NAME.test(name) && PLAIN_VALUE.test(value)
    // Two cases of one name are joined by the real one.
    if (!isPlain || lower in fields) return null
    fields[lower] = value
  }
  return fields
}

const isPlainBody = (body: BodyInit): body is string | Uint8Array<ArrayBuffer> | null =>
  typeof body === 'string' || body === null || body instanceof Uint8Array

/** A copy, as `new Response` makes one. */
const headersOf = (given: Headers, isText: boolean): Headers => {
  const headers = new Headers(given)
  if (isText && !headers.has('content-type')) headers.set('content-type', TEXT_TYPE)
  return headers
}

/** Statuses that may have a body; anything else is for the real constructor to judge. */
const isOrdinary = (status: number): boolean =>
  Number.isInteger(status) &&
  status >= 200 &&
  status <= 599 &&
  status !== 204 &&
  status !== 205 &&
  status !== 304

/**
 * A `Response` of text, bytes or nothing that is only written down: making the real one costs more than serving the
 * request. Touching anything but the status makes it. Other bodies and unusual heads make it at once, so that every
 * error is thrown where `new Response` throws it.
 */
export class LightResponse {
  readonly #body: string | Uint8Array | null
  readonly #fields: Fields
  readonly #status: number
  #headers: Headers | null = null
  #native: Response | null = null

  constructor(body: BodyInit = null, init: Init = {}) {
    const { status = 200, statusText = '', headers } = init
    const fields = headers instanceof Headers ? {} : plainFields(headers)
    this.#status = status
    if (isPlainBody(body) && isOrdinary(status) && statusText === '' && fields !== null) {
      this.#body = body instanceof Uint8Array ? body.slice() : body
      if (headers instanceof Headers) this.#headers = headersOf(headers, typeof body === 'string')
      else if (typeof body === 'string') fields['content-type'] ??= TEXT_TYPE
      this.#fields = fields
      return
    }
    this.#native = new NativeResponse(body, init)
    this.#body = null
    this.#fields = NO_FIELDS
  }

  static json(...args: Parameters<typeof NativeResponse.json>): Response {
    return NativeResponse.json(...args)
  }

  static redirect(...args: Parameters<typeof NativeResponse.redirect>): Response {
    return NativeResponse.redirect(...args)
  }

  static error(): Response {
    return NativeResponse.error()
  }

  get status(): number {
    return this.#native === null ? this.#status : this.#native.status
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299
  }

  get headers(): Headers {
    if (this.#native !== null) return this.#native.headers
    this.#headers ??= new Headers(this.#fields)
    return this.#headers
  }

  /** The real one, made when first needed. */
  get native(): Response {
    this.#native ??= new NativeResponse(this.#body as BodyInit, {
      status: this.#status,
      headers: this.headers,
    })
    return this.#native
  }

  /** What there is to send without the real one; null when `response` is, or has made, one. */
  static plainOf(response: object): PlainResponse | null {
    if (!(#native in response) || response.#native !== null) return null
    return { body: response.#body, fields: response.#headers ?? Object.entries(response.#fields) }
  }
}

export const { plainOf } = LightResponse

standFor(LightResponse.prototype, NativeResponse.prototype, [])
passFor(LightResponse, NativeResponse)
