import { passFor, standFor } from './delegation.ts'
import { type FieldList, hasField, headersOf, listOf, plainFields } from './response-fields.ts'

/** Kept before `patchGlobals` replaces it. */
const NativeResponse: typeof Response = globalThis.Response

type BodyInit = ConstructorParameters<typeof Response>[0]
type HeadersInit = ConstructorParameters<typeof Headers>[0]
type Init = NonNullable<ConstructorParameters<typeof Response>[1]>

export interface PlainResponse {
  readonly body: string | Uint8Array | null
  readonly fields: FieldList
  /** Stand for `fields` once a program has looked at them. */
  readonly headers: Headers | null
}

const NO_INIT: Init = Object.freeze({})
const NO_FIELDS: FieldList = Object.freeze([])
/** What a text is when the program does not say (Fetch, "extract a body"). */
const TEXT_TYPE = 'text/plain;charset=UTF-8'
const TEXT_FIELDS: FieldList = Object.freeze(['content-type', TEXT_TYPE])
/** Fetch, Response.json. */
const JSON_TYPE = 'application/json'
const JSON_HEADERS = Object.freeze({ 'content-type': JSON_TYPE })

/** A copy of the fields of a response, or null when only the real constructor can tell what becomes of them. */
const fieldsOf = (headers: HeadersInit | undefined, isText: boolean): FieldList | null => {
  if (headers === undefined) return isText ? TEXT_FIELDS : NO_FIELDS
  if (typeof headers !== 'object' || headers === null) return null
  const fields = plainFields(headers) ?? (headers instanceof Headers ? listOf(headers) : null)
  if (fields !== null && isText && !hasField(fields, 'content-type')) fields.push('content-type', TEXT_TYPE)
  return fields
}

const withJsonType = (init: Init | undefined): Init => {
  const { status, statusText, headers } = init ?? NO_INIT
  if (headers === undefined) return { status, statusText, headers: JSON_HEADERS } as Init
  const typed = new Headers(headers)
  if (!typed.has('content-type')) typed.set('content-type', JSON_TYPE)
  return { status, statusText, headers: typed } as Init
}

const isPlainBody = (body: BodyInit): body is string | Uint8Array<ArrayBuffer> | null =>
  typeof body === 'string' || body === null || body instanceof Uint8Array

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
  readonly #fields: FieldList
  readonly #status: number
  #headers: Headers | null = null
  #native: Response | null = null

  constructor(body: BodyInit = null, init?: Init | null) {
    const { status = 200, statusText = '', headers } = init ?? NO_INIT
    this.#status = status
    if (isPlainBody(body) && statusText === '' && isOrdinary(status)) {
      const fields = fieldsOf(headers, typeof body === 'string')
      if (fields !== null) {
        this.#body = body instanceof Uint8Array ? new Uint8Array(body) : body
        this.#fields = fields
        return
      }
    }
    this.#native = new NativeResponse(body, init ?? NO_INIT)
    this.#body = null
    this.#fields = NO_FIELDS
  }

  static json(...args: Parameters<typeof NativeResponse.json>): Response {
    const text: string | undefined = JSON.stringify(args[0])
    if (text === undefined) return NativeResponse.json(...args)
    return new LightResponse(text, withJsonType(args[1])) as unknown as Response
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
    this.#headers ??= headersOf(this.#fields)
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
  static plainOf(response: unknown): PlainResponse | null {
    if (typeof response !== 'object' || response === null || !(#native in response)) return null
    if (response.#native !== null) return null
    return { body: response.#body, fields: response.#fields, headers: response.#headers }
  }
}

export const { plainOf } = LightResponse

standFor(LightResponse.prototype, NativeResponse.prototype, [])
passFor(LightResponse, NativeResponse)
