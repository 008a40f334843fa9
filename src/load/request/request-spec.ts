import { NovaError } from '../../errors.ts'
import { isFieldValue, isToken } from '../../http/fields.ts'

/** One kind of request. */
export interface RequestSpec {
  /** Target: a path with query, or a URL of the same origin as the test's. Default: the test's URL. */
  readonly path?: string
  /** Default GET. */
  readonly method?: string
  /** In addition to those of the test. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Share of this kind beside the others' weights; above 0. Default 1. */
  readonly weight?: number
}

/** A request kind with nothing left to default. Plain data: it is sent to worker threads. */
export interface ResolvedRequest {
  readonly path: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | null
  readonly weight: number
}

const invalid = (detail: string): NovaError => new NovaError('OPTION_INVALID', detail)

/** Fields that the generator writes itself, from the body and from the use of connections. */
const FRAMING = ['content-length', 'transfer-encoding', 'connection']
const TARGET = /^[\x21-\x7e\x80-\uffff ]+$/

const resolvePath = (path: string | undefined, base: URL): string => {
  if (path === undefined) return base.pathname + base.search
  if (path.startsWith('/') || path === '*') {
    // Spaces may stand in placeholders only.
    if (!TARGET.test(path) || /\s/.test(path.replaceAll(/\{\{.*?\}\}/g, '')))
      throw invalid(`Request path '${path}' is no target: it may hold no spaces or control characters.`)
    return path
  }
  if (!URL.canParse(path)) throw invalid(`Request path '${path}' must begin with / or be a URL.`)
  const url = new URL(path)
  if (url.origin !== base.origin)
    throw invalid(`Request path '${path}' has another origin than ${base.origin}; one test has one target.`)
  return url.pathname + url.search
}

const checkHeaders = (headers: Readonly<Record<string, string>>): void => {
  for (const [name, value] of Object.entries(headers)) {
    if (!isToken(name)) throw invalid(`Header name '${name}' is no token (RFC 9110, 5.6.2).`)
    if (typeof value !== 'string' || !isFieldValue(Buffer.from(value, 'utf8').toString('latin1')))
      throw invalid(`The value of header ${name} must be text without control characters (RFC 9110, 5.5).`)
    if (FRAMING.includes(name.toLowerCase()))
      throw invalid(`Header ${name} cannot be set: the generator frames requests itself.`)
  }
}

/** Fills in what a request kind leaves to the test, and checks it. Throws OPTION_INVALID. */
export const resolveRequest = (spec: RequestSpec, defaults: RequestSpec, base: URL): ResolvedRequest => {
  const { method = defaults.method ?? 'GET', weight = 1 } = spec
  const body = spec.body ?? defaults.body ?? null
  const headers = { ...defaults.headers, ...spec.headers }
  if (!isToken(method)) throw invalid(`Method '${method}' is no token (RFC 9110, 5.6.2).`)
  if (method === 'CONNECT') throw invalid('Method CONNECT asks for a tunnel, which is not HTTP any more.')
  if (!(weight > 0 && Number.isFinite(weight))) throw invalid(`A weight must be above 0; got ${weight}.`)
  if (body !== null && typeof body !== 'string' && !(body instanceof Uint8Array))
    throw invalid('A request body must be a string or a Uint8Array.')
  checkHeaders(headers)
  return { path: resolvePath(spec.path ?? defaults.path, base), method, headers, body, weight }
}
