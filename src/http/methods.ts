/**
 * Request methods by the number llhttp reports for them. RTSP shares llhttp's numbering but not its HTTP grammar: those
 * numbers never reach a complete HTTP head and have an empty name here.
 */
const NAMES: readonly string[] = [
  'DELETE',
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'COPY',
  'LOCK',
  'MKCOL',
  'MOVE',
  'PROPFIND',
  'PROPPATCH',
  'SEARCH',
  'UNLOCK',
  'BIND',
  'REBIND',
  'UNBIND',
  'ACL',
  'REPORT',
  'MKACTIVITY',
  'CHECKOUT',
  'MERGE',
  'M-SEARCH',
  'NOTIFY',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'PATCH',
  'PURGE',
  'MKCALENDAR',
  'LINK',
  'UNLINK',
  'SOURCE',
  'PRI',
  ...Array<string>(11).fill(''),
  'QUERY',
]

export const METHOD_GET = 1
export const METHOD_HEAD = 2
export const METHOD_CONNECT = 5
export const METHOD_OPTIONS = 6
export const METHOD_TRACE = 7

/** The name of llhttp's method number, '' when it is not an HTTP method. */
export const methodName = (method: number): string => NAMES[method] ?? ''

/** RFC 9110, 9.2.1: the client asks for no change of state, so such requests may be handled beside each other. */
export const isSafeMethod = (method: number): boolean =>
  method === METHOD_GET || method === METHOD_HEAD || method === METHOD_OPTIONS || method === METHOD_TRACE
