import { NovaError } from '../errors.ts'

/** IANA's HTTP status code registry; the phrase carries no meaning on the wire (RFC 9112, 4). */
const REASONS: Readonly<Record<number, string>> = {
  100: 'Continue',
  101: 'Switching Protocols',
  102: 'Processing',
  103: 'Early Hints',
  104: 'Upload Resumption Supported',
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  203: 'Non-Authoritative Information',
  204: 'No Content',
  205: 'Reset Content',
  206: 'Partial Content',
  207: 'Multi-Status',
  208: 'Already Reported',
  226: 'IM Used',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  305: 'Use Proxy',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  423: 'Locked',
  424: 'Failed Dependency',
  425: 'Too Early',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  506: 'Variant Also Negotiates',
  507: 'Insufficient Storage',
  508: 'Loop Detected',
  510: 'Not Extended',
  511: 'Network Authentication Required',
}

const MIN_STATUS = 100
const MAX_STATUS = 999

/** One complete line per code, so that a response head starts with a ready string. */
const LINES: readonly string[] = Array.from(
  { length: MAX_STATUS + 1 },
  (_, code) => `HTTP/1.1 ${code} ${REASONS[code] ?? ''}\r\n`,
)

/** The registered reason phrase, '' for a code the registry does not know. */
export const reasonPhrase = (code: number): string => REASONS[code] ?? ''

/**
 * The status line with its CRLF. A code without a registered phrase keeps the space before the empty phrase, which
 * RFC 9112, 4 requires.
 * @throws STATUS_INVALID when `code` is not an integer from 100 to 999
 */
export const statusLine = (code: number): string => {
  const line = code >= MIN_STATUS ? LINES[code] : undefined
  if (line === undefined) {
    throw new NovaError(
      'STATUS_INVALID',
      `A status must be an integer from ${MIN_STATUS} to ${MAX_STATUS}; got ${code}.`,
    )
  }
  return line
}

/**
 * True when a response of this status ends with its head (RFC 9110, 6.4.1): it carries neither a body nor, for 1xx and
 * 204, a Content-Length (8.6). 205 is not among them: it has an empty body that must still be framed, with
 * `Content-Length: 0` (15.3.6).
 */
export const hasNoBody = (code: number): boolean => code < 200 || code === 204 || code === 304
