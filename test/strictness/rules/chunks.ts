import { type Accepted, acceptances, chunked, type Refused, refusals } from '../rule.ts'

const END = '\r\na\r\n0\r\n\r\n'
const size = (text: string): string => chunked(text + END)
const extension = (text: string): string => chunked(`1;${text}${END}`)
const trailer = (lines: string): string => chunked(`0\r\n${lines}\r\n\r\n`)
const TIGHT = { maxChunkExtensionBytes: 8 }

export const CHUNKS_REFUSED: readonly Refused[] = [
  ...refusals('RFC 9112, 7.1', 'chunk sizes', {
    'a size beyond 64 bits': [size('10000000000000000'), 'BAD_CHUNK'],
    'a size of more F than 64 bits have': [size('fffffffffffffffff'), 'BAD_CHUNK'],
    'a plus sign': [size('+1'), 'BAD_CHUNK'],
    'a minus sign': [size('-1'), 'BAD_CHUNK'],
    'a prefix of 0x': [size('0x1'), 'BAD_CHUNK'],
    'an underscore': [size('1_0'), 'BAD_CHUNK'],
    'a space in front of the size': [size(' 1'), 'BAD_CHUNK'],
    'a space behind the size': [size('1 '), 'BAD_CHUNK'],
    'a tab behind the size': [size('1\t'), 'BAD_CHUNK'],
    'no size': [size(''), 'BAD_CHUNK'],
    'an extension without a size': [size(';a'), 'BAD_CHUNK'],
    'a letter beyond F': [size('g'), 'BAD_CHUNK'],
    'a comma': [size('1,1'), 'BAD_CHUNK'],
    'a byte above 127': [size('\xb1'), 'BAD_CHUNK'],
    'zeros without end in front of the size': [
      size(`${'0'.repeat(10)}1`),
      'CHUNK_EXTENSION_TOO_LARGE',
      TIGHT,
    ],
  }),
  ...refusals('RFC 9112, 7.1.1', 'chunk extensions', {
    'a bare LF in an extension name': [extension('a\nb'), 'BAD_CHUNK'],
    'a bare CR in an extension name': [extension('a\rb'), 'BAD_CHUNK'],
    'a bare LF in an extension value': [extension('a=b\nc'), 'BAD_CHUNK'],
    'a bare CR in an extension value': [extension('a=b\rc'), 'BAD_CHUNK'],
    'a bare LF in a quoted value': [extension('a="b\nc"'), 'BAD_CHUNK'],
    'a bare CR in a quoted value': [extension('a="b\rc"'), 'BAD_CHUNK'],
    'CRLF in a quoted value': [extension('a="b\r\nc"'), 'BAD_CHUNK'],
    'an escaped LF in a quoted value': [extension('a="\\\n"'), 'BAD_CHUNK'],
    'a bare LF that ends an extension': [chunked('1;a\na\r\n0\r\n\r\n'), 'BAD_CHUNK'],
    'a bare LF right behind the semicolon': [extension('\n'), 'BAD_CHUNK'],
    'NUL in an extension': [extension('a=\0'), 'BAD_CHUNK'],
    'a control character in a quoted value': [extension('a="\x01"'), 'BAD_CHUNK'],
    'an extension without a name': [extension(''), 'BAD_CHUNK'],
    'a quoted name': [extension('"a"'), 'BAD_CHUNK'],
    'text behind a quoted value': [extension('a="b"c'), 'BAD_CHUNK'],
    'a quote left open': [extension('a="b'), 'BAD_CHUNK'],
    'whitespace around an extension, where servers disagree': [chunked(`1 ; a = b${END}`), 'BAD_CHUNK'],
    'a bare LF in the extension of the last chunk': [chunked('0;a\nb\r\n\r\n'), 'BAD_CHUNK'],
    'an extension that is too large': [extension('a=0123456789'), 'CHUNK_EXTENSION_TOO_LARGE', TIGHT],
    'too many extensions': [extension('a;b;c;d;e'), 'CHUNK_EXTENSION_TOO_LARGE', TIGHT],
    'small extensions of too many chunks': [
      chunked(`${'1;a=b\r\na\r\n'.repeat(3)}0\r\n\r\n`),
      'CHUNK_EXTENSION_TOO_LARGE',
      TIGHT,
    ],
  }),
  ...refusals('RFC 9112, 7.1', 'chunk terminators', {
    'data longer than its size': [chunked('1\r\nab\r\n0\r\n\r\n'), 'BAD_CHUNK'],
    'data longer than its size by two bytes': [chunked('1\r\nabc0\r\n\r\n'), 'BAD_CHUNK'],
    'data without a line end': [chunked('1\r\na0\r\n\r\n'), 'BAD_CHUNK'],
    'CR and another byte behind data': [chunked('1\r\na\rx0\r\n\r\n'), 'BAD_CHUNK'],
    'a doubled CR behind data': [chunked('1\r\na\r\r\n0\r\n\r\n'), 'BAD_CHUNK'],
  }),
  ...refusals('RFC 9112, 7.1', 'bare line ends', {
    'a bare LF behind data': [chunked('1\r\na\n0\r\n\r\n'), 'BAD_CHUNK'],
    'a bare CR behind data': [chunked('1\r\na\r0\r\n\r\n'), 'BAD_CHUNK'],
    'a bare LF behind a size': [chunked('1\na\r\n0\r\n\r\n'), 'BAD_CHUNK'],
    'a bare CR behind a size': [chunked('1\ra\r\n0\r\n\r\n'), 'BAD_CHUNK'],
    'a doubled CR behind a size': [chunked('1\r\r\na\r\n0\r\n\r\n'), 'BAD_CHUNK'],
    'a bare LF behind the last size': [chunked('1\r\na\r\n0\n\r\n'), 'BAD_CHUNK'],
    'a bare LF as the last line': [chunked('1\r\na\r\n0\r\n\n'), 'BAD_TRAILER'],
    'a bare CR as the last line': [chunked('1\r\na\r\n0\r\n\r'), 'BAD_TRAILER'],
    'a bare LF behind a trailer': [trailer('A: b\nC: d'), 'BAD_TRAILER'],
    'a bare CR in a trailer': [trailer('A: b\rC: d'), 'BAD_TRAILER'],
  }),
  ...refusals('RFC 9110, 6.5.1', 'trailer fields', {
    'Content-Length in trailers': [trailer('Content-Length: 1'), 'BAD_TRAILER'],
    'Transfer-Encoding in trailers': [trailer('Transfer-Encoding: chunked'), 'BAD_TRAILER'],
    'Host in trailers': [trailer('A: b\r\nhOST: b'), 'BAD_TRAILER'],
    'Connection in trailers': [trailer('Connection: close'), 'BAD_TRAILER'],
    'Upgrade in trailers': [trailer('Upgrade: x'), 'BAD_TRAILER'],
    'TE in trailers': [trailer('TE: trailers'), 'BAD_TRAILER'],
    'Trailer in trailers': [trailer('Trailer: a'), 'BAD_TRAILER'],
    'Content-Type in trailers': [trailer('Content-Type: a/b'), 'BAD_TRAILER'],
    'Content-Encoding in trailers': [trailer('Content-Encoding: gzip'), 'BAD_TRAILER'],
    'Authorization in trailers': [trailer('Authorization: Basic YTpi'), 'BAD_TRAILER'],
    'Cookie in trailers': [trailer('Cookie: a=b'), 'BAD_TRAILER'],
    'Expect in trailers': [trailer('Expect: 100-continue'), 'BAD_TRAILER'],
  }),
  ...refusals('RFC 9112, 7.1.2', 'trailer fields', {
    'a trailer without a colon': [trailer('A'), 'BAD_TRAILER'],
    'a space before the colon of a trailer': [trailer('A : b'), 'BAD_TRAILER'],
    'a folded trailer': [trailer('A: b\r\n c'), 'BAD_TRAILER'],
    'NUL in a trailer': [trailer('A: \0'), 'BAD_TRAILER'],
    'a space in front of the first trailer': [trailer(' A: b'), 'BAD_TRAILER'],
    'trailers that are too large': [trailer('A: 0123456789'), 'TRAILER_TOO_LARGE', { maxTrailerBytes: 8 }],
    'too many trailers': [trailer('A: b\r\nC: d\r\nE: f'), 'TOO_MANY_FIELDS', { maxFields: 2 }],
  }),
]

export const CHUNKS_ACCEPTED: readonly Accepted[] = [
  ...acceptances('RFC 9112, 7.1', {
    'a size in upper case': [chunked('A\r\n0123456789\r\n0\r\n\r\n'), 'POST / [0123456789]'],
    'a size with leading zeros': [size('0001'), 'POST / [a]'],
    'a last chunk of several zeros': [chunked('1\r\na\r\n000\r\n\r\n'), 'POST / [a]'],
    'data that looks like the last chunk': [chunked('5\r\n0\r\n\r\n\r\n0\r\n\r\n'), 'POST / [0\r\n\r\n]'],
  }),
  ...acceptances('RFC 9112, 7.1.1', {
    'an extension, which is ignored': [extension('a'), 'POST / [a]'],
    'an empty extension, ignored like the others': [extension(';a;=b;c='), 'POST / [a]'],
    'an extension with a value': [extension('a=b;c=d'), 'POST / [a]'],
    'an extension with a quoted value': [extension('a="b; c\\"d"'), 'POST / [a]'],
  }),
  ...acceptances('RFC 9112, 7.1.2', {
    'a trailer': [trailer('A: b'), 'POST / []'],
    'a trailer whose name is like a framing field': [trailer('Content-Length-X: 1'), 'POST / []'],
  }),
]
