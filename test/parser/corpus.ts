/** Streams of messages, valid and broken, that both builds have to read alike however they are cut. */

const fields = (...lines: string[]): string => `${lines.join('\r\n')}\r\n\r\n`
const get = (target = '/'): string => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`
const post = (...lines: string[]): string => `POST /p HTTP/1.1\r\n${fields('Host: a', ...lines)}`
const chunked = (body: string): string => post('Transfer-Encoding: chunked') + body

const GOOD_REQUESTS = {
  'a request without fields': 'GET / HTTP/1.1\r\n\r\n',
  'one field': get(),
  'empty values, and values in whitespace': `GET / HTTP/1.1\r\n${fields('A:', 'B:  ', 'C: \t c \t', 'D:d', 'E:')}`,
  'an empty value last, then another request': `GET / HTTP/1.1\r\n${fields('A: b', 'E:')}${get('/2')}`,
  'values that hold bytes above 127': `GET / HTTP/1.1\r\n${fields('A: \xe4\xf6\xfc', 'B: "a\tb"')}`,
  'a value longer than a SIMD lane': `GET /${'x'.repeat(40)} HTTP/1.1\r\n${fields(`Agent: ${'y z '.repeat(13)}`)}`,
  'names that begin like special ones': `GET / HTTP/1.1\r\n${fields('Connection-Life: close', 'Content-Lengthy: 5', 'Upgrades: x')}`,
  'empty lines in front of a request': `\r\n\r\n${get()}\r\n\r\n${get('/2')}\r\n`,
  'a pipeline': get('/1') + get('/2') + get('/3'),
  'a pipeline with unsafe methods in it': `${get('/1')}${post('Content-Length: 2')}ab${get('/2')}${post()}${get('/3')}`,
  'every safe method': ['GET', 'HEAD', 'OPTIONS', 'TRACE']
    .map((method) => `${method} / HTTP/1.1\r\n\r\n`)
    .join(''),
  'other methods': ['PUT', 'DELETE', 'PATCH', 'QUERY', 'M-SEARCH']
    .map((method) => `${method} / HTTP/1.1\r\nA: b\r\n\r\n`)
    .join(''),
  'HTTP/1.0': 'GET / HTTP/1.0\r\nA: b\r\n\r\nrest',
  'HTTP/1.0 that stays': `GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n${get()}`,
  'HTTP/1.0 that says both': `GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n${get()}`,
  'connection: close among tokens': `GET / HTTP/1.1\r\nConnection: x, Close\r\n\r\n${get()}`,
  'a body with a length': `${post('Content-Length: 11')}hello world${get()}`,
  'a body of length 0': post('Content-Length: 0') + get(),
  'a body that ends early': `${post('Content-Length: 11')}hello`,
  'a GET with a body': `GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc${get()}`,
  chunks: `${chunked('5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n')}${get()}`,
  'a GET with chunks': `GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n${get()}`,
  'chunks with extensions': `${chunked('5;a\r\nhello\r\n005;b="c;d\\"\\\\";e=f\r\nworld\r\n000;z\r\n\r\n')}${get()}`,
  'chunks whose data looks like framing': `${chunked('7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n')}${get()}`,
  trailers: `${chunked('3\r\nabc\r\n0\r\nA: b\r\nEmpty:\r\nC: d \r\n\r\n')}${get()}`,
  'only a last chunk': chunked('0\r\n\r\n') + get(),
  'only trailers': `${chunked('0\r\nA: b\r\n\r\n')}${get()}`,
  CONNECT: `CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nContent-Length: 5\r\n\r\n\x16\x03 tunnel`,
  'an upgrade':
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00 other',
  'an upgrade with a body': `${post('Connection: upgrade', 'Upgrade: x', 'Content-Length: 3')}abcother`,
  'an upgrade with chunks': `${post('Connection: upgrade', 'Upgrade: x', 'Transfer-Encoding: chunked')}1\r\na\r\n0\r\nT: t\r\n\r\nother`,
  'an upgrade in HTTP/1.0':
    'GET / HTTP/1.0\r\nConnection: upgrade, keep-alive\r\nUpgrade: x\r\n\r\nGET / HTTP/1.0\r\n\r\n',
  'a whole head and half a head': `${get()}GET /half HTTP/1.1\r\nHo`,
  'nothing but empty lines': '\r\n\r\n',
} satisfies Record<string, string>

const BROKEN_REQUESTS = {
  'a bare LF in front of a request': `${get()}\n${get('/2')}`,
  'a bare CR in front of a request': `${get()}\r${get('/2')}`,
  'bare line ends among empty lines': `${get()}\r\n\r\r\n${get('/2')}`,
  'nothing but bare CRs': '\r\r',
  'a bare LF behind an empty line': `\r\n\n${get()}`,
  'bare line ends behind a body': `${post('Content-Length: 1')}\r\r`,
  'a version behind another one': `${get()}GET / HTTP/ 1.1\r\n\r\n`,
  'a space behind the version': 'GET / HTTP/1.1 \r\n\r\n',
  'a version of two digits': 'GET / HTTP/1.10\r\n\r\n',
  'no method': 'nonsense\r\n\r\n',
  'a method that nearly is one': 'GETT / HTTP/1.1\r\n\r\n',
  TLS: '\x16\x03\x01\x02\x00\x01',
  'the HTTP/2 preface': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'an unfinished HTTP/2 preface': 'PRI * HTTP/2.0\r\n\r\nSX',
  'HTTP/0.9': 'GET /\r\n\r\n',
  'HTTP/2 in words': 'GET / HTTP/2.0\r\nHost: a\r\n\r\n',
  'HTTP/1.2': 'GET / HTTP/1.2\r\n\r\n',
  'another protocol': 'GET / HTCPCP/1.0\r\n\r\n',
  'two spaces before the target': 'GET  / HTTP/1.1\r\nA: b\r\n\r\n',
  'two spaces after the target': 'GET /  HTTP/1.1\r\nA: b\r\n\r\n',
  'two spaces and no fields': 'GET /  HTTP/1.1\r\n\r\n',
  'a byte above 127 in the target': 'GET /\xe4 HTTP/1.1\r\n\r\n',
  'RTSP with an HTTP method': `${get()}GET / RTSP/1.0\r\nA: b\r\n\r\n`,
  ICE: 'SOURCE / ICE/1.0\r\nA: b\r\n\r\n',
  RTSP: 'DESCRIBE / RTSP/1.0\r\nA: b\r\n\r\n',
  'an RTSP method over HTTP': 'DESCRIBE / HTTP/1.1\r\nA: b\r\n\r\n',
  'a control character in the target': 'GET /a\x01b HTTP/1.1\r\n\r\n',
  'a space in the target': 'GET /a b HTTP/1.1\r\n\r\n',
  'a bare LF after the request line': 'GET / HTTP/1.1\nHost: a\r\n\r\n',
  'a bare CR after the request line': 'GET / HTTP/1.1\rHost: a\r\n\r\n',
  'a bare LF after a value': 'GET / HTTP/1.1\r\nHost: a\nB: c\r\n\r\n',
  'a bare CR in a value': 'GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n',
  'a bare LF as the empty line': 'GET / HTTP/1.1\r\nHost: a\r\n\n',
  'a space before the colon': 'GET / HTTP/1.1\r\nHost : a\r\n\r\n',
  'a space before the first field': 'GET / HTTP/1.1\r\n Host: a\r\n\r\n',
  'a folded value': 'GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n',
  'a folded empty value': 'GET / HTTP/1.1\r\nA:\r\n c\r\n\r\n',
  'no name': 'GET / HTTP/1.1\r\n: a\r\n\r\n',
  'a bad character in a name': 'GET / HTTP/1.1\r\nHost: a\r\nA(b: c\r\n\r\n',
  'NUL in a value': 'GET / HTTP/1.1\r\nA: b\0c\r\n\r\n',
  'Content-Length twice': post('Content-Length: 1', 'Content-Length: 1'),
  'Content-Length that is no number': post('Content-Length: 1a'),
  'Content-Length with a list': post('Content-Length: 1, 1'),
  'Content-Length with a sign': post('Content-Length: +1'),
  'Content-Length that is empty': post('Content-Length:'),
  'Content-Length beyond 64 bits': post('Content-Length: 18446744073709551616'),
  'Transfer-Encoding beside Content-Length': post('Content-Length: 1', 'Transfer-Encoding: chunked'),
  'Content-Length beside Transfer-Encoding': post('Transfer-Encoding: chunked', 'Content-Length: 1'),
  'Transfer-Encoding not chunked': `${post('Transfer-Encoding: gzip')}abc`,
  'Transfer-Encoding not chunked at the end': `${post('Transfer-Encoding: chunked, gzip')}abc`,
  'Transfer-Encoding chunked twice': post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
  'Transfer-Encoding that is empty': post('Transfer-Encoding:'),
  'a chunk size that is none': chunked('x\r\n'),
  'a chunk size with a space': chunked('1 \r\na\r\n'),
  'a chunk size beyond 64 bits': chunked('11111111111111111\r\n'),
  'a chunk line without CR': chunked('1\na\r\n0\r\n\r\n'),
  'a chunk line with CR alone': chunked('1\ra\r\n0\r\n\r\n'),
  'chunk data without an end': chunked('1\r\nab\r\n0\r\n\r\n'),
  'chunk data with LF alone': chunked('1\r\na\n0\r\n\r\n'),
  'a bad chunk extension': chunked('1;a b\r\na\r\n0\r\n\r\n'),
  'a chunk extension that begins with a space': chunked('1; a\r\na\r\n0\r\n\r\n'),
  'a chunk extension with a quote left open': chunked('1;a="b\r\na\r\n0\r\n\r\n'),
  'an empty chunk size': chunked('1\r\na\r\n\r\n'),
  'a bad trailer': chunked('0\r\nA(: b\r\n\r\n'),
  'a trailer without colon': chunked('1\r\na\r\n0\r\nA\r\n\r\n'),
  'a trailer that is folded': chunked('0\r\nA: b\r\n c\r\n\r\n'),
  'a request after a broken one': `${get('/1')}${get('/2')}broken\r\n\r\n${get('/3')}`,
  'Host among trailers': chunked('1\r\na\r\n0\r\nA: b\r\nhOsT: x\r\n\r\n'),
  'Transfer-Encoding among trailers': chunked('0\r\nTransfer-Encoding: chunked\r\n\r\n'),
  'a Content-Length among trailers': chunked('0\r\nContent-Length: 5\r\n\r\n'),
} satisfies Record<string, string>

const ok = (...lines: string[]): string => `HTTP/1.1 200 OK\r\n${fields(...lines)}`

const RESPONSES = {
  'a length': `${ok('Content-Length: 5')}hello`,
  'no fields and no length': 'HTTP/1.1 200 OK\r\n\r\nup to the end',
  'no reason': 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n',
  'an empty reason': 'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n',
  'a close-delimited body': `${ok('A: b')}up to the end\r\n\r\n`,
  'a close-delimited body that is empty': ok('A: b'),
  'a pipeline': `${ok('Content-Length: 1')}a${ok('Content-Length: 0')}${ok('Content-Length: 2')}bc`,
  chunks: `${ok('Transfer-Encoding: chunked')}3\r\nabc\r\n0\r\nT: t\r\n\r\n${ok('Content-Length: 0')}`,
  'Transfer-Encoding not chunked': `${ok('Transfer-Encoding: gzip')}up to the end`,
  'interim responses': `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${ok('Content-Length: 0')}`,
  '204 and 304 whatever they announce': `HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n${ok('Content-Length: 0')}`,
  '304 without a length': `HTTP/1.1 304 Not Modified\r\nA: b\r\n\r\n${ok('Content-Length: 0')}`,
  'connection: close': `${ok('Connection: close', 'Content-Length: 2')}abrest`,
  'HTTP/1.0': 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nabrest',
  'HTTP/1.0 that stays': `HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nab${ok('Content-Length: 0')}`,
  '101': 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nother',
  '200 that names an upgrade': `HTTP/1.1 200 OK\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\na${ok('Content-Length: 0')}`,
  'empty lines in front': `\r\n${ok('Content-Length: 0')}\r\n${ok('Content-Length: 0')}`,
  'a body that ends early': `${ok('Content-Length: 5')}he`,
  'a status that is none': 'HTTP/1.1 2x0 OK\r\n\r\n',
  'no version': 'HTTP 200 OK\r\n\r\n',
  'a bare LF after the reason': 'HTTP/1.1 200 OK\nA: b\r\n\r\n',
  'a bad chunk': `${ok('Transfer-Encoding: chunked')}z\r\n`,
  'a request': get(),
  RTSP: 'RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n',
  'an empty Transfer-Encoding': ok('Transfer-Encoding: ', 'A: b'),
} satisfies Record<string, string>

export interface Stream {
  readonly name: string
  readonly mode: 'request' | 'response'
  readonly bytes: string
}

const streams = (mode: Stream['mode'], table: Readonly<Record<string, string>>): Stream[] =>
  Object.entries(table).map(([name, bytes]) => ({ name: `${mode}: ${name}`, mode, bytes }))

export const CORPUS: readonly Stream[] = [
  ...streams('request', GOOD_REQUESTS),
  ...streams('request', BROKEN_REQUESTS),
  ...streams('response', RESPONSES),
]
