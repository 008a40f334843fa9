import fc from 'fast-check'

/** One change of some bytes; places are taken modulo the length of what they change. */
export type Mutation =
  | { kind: 'replace'; at: number; removes: number; text: string }
  | { kind: 'repeat'; at: number; length: number; times: number }
  | { kind: 'move'; at: number; length: number; to: number }
  | { kind: 'truncate'; at: number }

/** What breaks parsers: pieces of framing where they do not belong. */
const piece = fc.oneof(
  fc.constantFrom(
    '\r',
    '\n',
    '\r\n',
    '\r\r\n',
    '\n\n',
    '\r\n\r\n',
    ' ',
    '\t',
    '\0',
    '\x0b',
    '\x7f',
    ':',
    ';',
    ',',
    '=',
    '"',
    '#',
  ),
  fc.constantFrom(
    '\xff',
    '\xc0\xaf',
    '0',
    '0\r\n\r\n',
    'ffffffffffffffff',
    '-1',
    '+1',
    '0x1',
    '1_0',
    '\r\n ',
    ' :',
  ),
  fc.constantFrom(
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding: gzip, chunked\r\n',
    'Content-Length: 5\r\n',
    'Content-Length: 18446744073709551616\r\n',
    'Host: b\r\n',
    'Connection: close\r\n',
    'Connection: upgrade\r\n',
    'Expect: x\r\n',
    'GET /s HTTP/1.1\r\nHost: s\r\n\r\n',
    'HTTP/1.0',
    'HTTP/2.0',
    'HEAD ',
    'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\x16\x03\x01',
  ),
  fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
)

export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({
    kind: fc.constant('replace' as const),
    at: fc.nat(5_000),
    removes: fc.constantFrom(0, 0, 1, 1, 2, 8),
    text: fc.oneof(fc.constant(''), piece),
  }),
  fc.record({
    kind: fc.constant('repeat' as const),
    at: fc.nat(5_000),
    length: fc.integer({ min: 1, max: 40 }),
    times: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    kind: fc.constant('move' as const),
    at: fc.nat(5_000),
    length: fc.integer({ min: 1, max: 40 }),
    to: fc.nat(5_000),
  }),
  fc.record({ kind: fc.constant('truncate' as const), at: fc.nat(5_000) }),
)

export const mutate = (bytes: string, change: Mutation): string => {
  const at = change.at % (bytes.length + 1)
  switch (change.kind) {
    case 'replace':
      return bytes.slice(0, at) + change.text + bytes.slice(at + change.removes)
    case 'repeat':
      return bytes.slice(0, at) + bytes.slice(at, at + change.length).repeat(change.times) + bytes.slice(at)
    case 'move': {
      const rest = bytes.slice(0, at) + bytes.slice(at + change.length)
      const to = change.to % (rest.length + 1)
      return rest.slice(0, to) + bytes.slice(at, at + change.length) + rest.slice(to)
    }
    case 'truncate':
      return bytes.slice(0, at)
  }
}
