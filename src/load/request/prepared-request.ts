import type { ResolvedRequest } from './request-spec.ts'
import { compileTemplate, type Template, type TemplateValues, wireText } from './template.ts'

/** Latin1 text is written faster than bytes; a large body would be copied into it for nothing. */
const MAX_TEXT_BODY_BYTES = 16_384

/** A request ready to be sent. */
export interface PreparedRequest {
  /** Its response has no body (RFC 9112, 6.3). */
  readonly isHead: boolean
  readonly weight: number
  /** Latin1 text or bytes. @param isLast asks the server to close the connection after it (RFC 9112, 9.6). */
  bytes(isLast: boolean): string | Uint8Array
}

/** A request that is always the same. */
class FixedRequest implements PreparedRequest {
  readonly isHead: boolean
  readonly weight: number
  readonly #bytes: string | Uint8Array
  readonly #lastBytes: string | Uint8Array

  constructor(request: ResolvedRequest, head: string, body: string | Uint8Array) {
    const join = (text: string): string | Uint8Array =>
      typeof body === 'string' ? text + body : Buffer.concat([Buffer.from(text, 'latin1'), body])
    this.isHead = request.method === 'HEAD'
    this.weight = request.weight
    this.#bytes = join(`${head}\r\n`)
    this.#lastBytes = join(`${head}Connection: close\r\n\r\n`)
  }

  bytes(isLast: boolean): string | Uint8Array {
    return isLast ? this.#lastBytes : this.#bytes
  }
}

/** A request with placeholders, rendered anew for each use. */
class RenderedRequest implements PreparedRequest {
  readonly isHead: boolean
  readonly weight: number
  readonly #head: Template
  readonly #body: Template
  readonly #hasBody: boolean
  readonly #values: TemplateValues

  constructor(request: ResolvedRequest, head: Template, body: Template, values: TemplateValues) {
    this.isHead = request.method === 'HEAD'
    this.weight = request.weight
    this.#head = head
    this.#body = body
    this.#hasBody = hasLength(request)
    this.#values = values
  }

  bytes(isLast: boolean): string {
    const values = this.#values
    values.advance()
    const body = this.#body.render(values)
    const length = this.#hasBody ? `Content-Length: ${body.length}\r\n` : ''
    const close = isLast ? 'Connection: close\r\n' : ''
    return `${this.#head.render(values)}${length}${close}\r\n${body}`
  }
}

/** RFC 9110, 8.6: a method that defines a meaning for content sends its length even when there is none. */
const hasLength = ({ method, body }: ResolvedRequest): boolean =>
  body !== null || method === 'POST' || method === 'PUT' || method === 'PATCH'

const headOf = ({ method, path, headers }: ResolvedRequest, host: string): string => {
  const hasHost = Object.keys(headers).some((name) => name.toLowerCase() === 'host')
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${hasHost ? '' : `Host: ${host}\r\n`}${fields.join('')}`
}

/** Makes a request ready; `values` is null where braces are just braces. Throws OPTION_INVALID for a bad template. */
export const prepareRequest = (
  request: ResolvedRequest,
  host: string,
  values: TemplateValues | null,
): PreparedRequest => {
  const head = headOf(request, host)
  const body = request.body ?? ''
  if (values !== null && typeof body === 'string') {
    const [headTemplate, bodyTemplate] = [compileTemplate(head, values), compileTemplate(body, values)]
    if (!headTemplate.isStatic || !bodyTemplate.isStatic)
      return new RenderedRequest(request, headTemplate, bodyTemplate, values)
  }
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : Buffer.from(body)
  const length = hasLength(request) ? `Content-Length: ${bytes.length}\r\n` : ''
  const content = bytes.length > MAX_TEXT_BODY_BYTES ? bytes : bytes.toString('latin1')
  return new FixedRequest(request, `${wireText(head)}${length}`, content)
}
