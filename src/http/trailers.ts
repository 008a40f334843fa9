/**
 * Lower-case names of fields that frame, route, modify, authenticate or describe a message: of no use at its end, and
 * dangerous where somebody merges trailers into the head. No sender may send them there (RFC 9110, 6.5.1).
 */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'expect',
  'expires',
  'host',
  'keep-alive',
  'location',
  'max-forwards',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'retry-after',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'vary',
  'www-authenticate',
])

/** Whether a field of this lower-case name may stand in a trailer section. */
export const isTrailerName = (lowerCaseName: string): boolean => !FORBIDDEN.has(lowerCaseName)
