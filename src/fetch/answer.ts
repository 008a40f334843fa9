import type { Response as EngineResponse } from '../engine/message/response.ts'
import type { LazyRequest } from './request.ts'
import { plainOf } from './response.ts'
import { StreamedBody } from './response-body.ts'
import type { FieldList } from './response-fields.ts'

/** How the body is framed and whether the connection stays is for the engine to say; these are dropped. */
const FRAMING_FIELDS: ReadonlySet<string> = new Set(['keep-alive', 'trailer', 'transfer-encoding', 'upgrade'])

/** How many microtasks the end of a body may take to follow its first piece, for both to leave as one answer. */
const PATIENCE = 8

const setField = (target: EngineResponse, name: string, value: string): void => {
  if (name === 'set-cookie') target.appendHeader(name, value)
  else if (name === 'connection') closeIfAsked(target, value)
  else if (!FRAMING_FIELDS.has(name)) target.setHeader(name, value)
}

const setListed = (target: EngineResponse, fields: FieldList): void => {
  for (let i = 0; i < fields.length; i += 2) setField(target, fields[i] as string, fields[i + 1] as string)
}

const setHeaders = (target: EngineResponse, headers: Headers): void => {
  for (const [name, value] of headers) setField(target, name, value)
}

/** RFC 9112, 9.6: a program may end a connection, and say nothing else about it. */
const closeIfAsked = (target: EngineResponse, value: string): void => {
  if (value.toLowerCase() === 'close') target.setHeader('connection', 'close')
}

const assertUnread = (response: unknown): void => {
  if (!(response instanceof Response)) {
    throw new TypeError('The fetch handler must return a Response, or a promise of one.')
  }
  if (response.bodyUsed) throw new TypeError('The body of the returned Response was already read.')
}

/** Answers with what a handler returned. Synchronous as far as that is; the promise covers the rest of a body. */
export const answer = (
  response: Response,
  request: LazyRequest,
  target: EngineResponse,
): Promise<void> | undefined => {
  const plain = plainOf(response)
  if (plain === null) assertUnread(response)
  target.status = response.status
  if (plain !== null && plain.headers === null) setListed(target, plain.fields)
  else setHeaders(target, response.headers)
  const isHead = request.method === 'HEAD'
  if (plain !== null && (plain.body !== null || !isHead)) {
    target.end(plain.body ?? '')
    return undefined
  }
  const body = plain === null ? response.body : null
  if (body !== null && !isHead) return stream(new StreamedBody(body), request, target)
  // The length of a stream, or of a body that the program left out for HEAD, is not known (RFC 9110, 8.6).
  if (isHead && !target.hasHeader('content-length')) target.write('')
  target.end()
  return body?.cancel()
}

/**
 * A short body leaves as one answer with its length; a long one at the client's pace. A client that half-closes in the
 * middle has most likely left (a closed tab sends no more than that), and a source that is silent would never find out.
 */
const stream = async (body: StreamedBody, request: LazyRequest, target: EngineResponse): Promise<void> => {
  for (let i = 0; i < PATIENCE && !body.isOver; i++) await null
  const { whole } = body
  if (whole !== null) {
    target.end(whole)
    return
  }
  // The client waits for the head of an event stream long before its first event.
  target.write('')
  const { signal } = request
  if (signal.aborted) target.destroy()
  else signal.addEventListener('abort', () => target.destroy(), { once: true })
  await target.stream(body)
}
