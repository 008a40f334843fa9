import fc from 'fast-check'

/** One valid request and what a server has to make of it. */
export interface Message {
  readonly method: string
  readonly target: string
  readonly body: string
  /** Nothing may follow it on its connection. */
  readonly isLast: boolean
  /** As sent, latin1. */
  readonly bytes: string
}

interface Shape {
  method: string
  target: string
  body: string
  emptyLines: number
  isOld: boolean
  connection: string
  fields: string[]
  framing: Framing
}

type Framing =
  | { kind: 'none' }
  | { kind: 'length'; zeros: string }
  | { kind: 'chunks'; sizes: number[]; extension: string; last: string; trailers: string[] }

const method = fc.constantFrom(
  'GET',
  'GET',
  'POST',
  'POST',
  'HEAD',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'QUERY',
)

const target = fc.oneof(
  fc.constantFrom(
    '/',
    '/a',
    '/%00',
    '/a?b=c&d',
    "/!$&'()*+,;=:@",
    '//',
    '/?',
    'http://a/b',
    'http://[::1]:80/',
  ),
  fc.stringMatching(/^\/[a-z0-9/.%?=-]{0,60}$/),
)

/** Bodies that look like framing, and bodies of any bytes. */
const body = fc.oneof(
  fc.constantFrom('', 'a', '0\r\n\r\n', '\r\n', 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n', '\r', '\n\n'),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.integer({ min: 100, max: 1_500 }).map((length) => 'x'.repeat(length)),
)

const field = fc.oneof(
  fc.constantFrom(
    'Accept: */*',
    'A:',
    'B: \t c \t',
    'X-Latin: \xe4\xf6\xfc',
    'Content-Lengthy: 5',
    'Transfer-Encodings: chunked',
    'Upgrade: h2c',
    'Expect: 100-continue',
    'Cookie: a="b, c"; d',
  ),
  fc.stringMatching(/^[A-Z][a-z-]{1,12}x: [ -~]{0,80}$/),
)

const framing: fc.Arbitrary<Framing> = fc.oneof(
  fc.constant({ kind: 'none' as const }),
  fc.record({ kind: fc.constant('length' as const), zeros: fc.constantFrom('', '0', '0000') }),
  fc.record({
    kind: fc.constant('chunks' as const),
    sizes: fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 5 }),
    extension: fc.constantFrom('', '', ';a', ';a=b', ';a="b; c\\""', ';a;b;c=d'),
    last: fc.constantFrom('0', '000', '0;a=b'),
    trailers: fc.array(fc.constantFrom('T: t', 'Empty:', 'X-Sum:  0f '), { maxLength: 2 }),
  }),
)

const shape: fc.Arbitrary<Shape> = fc.record({
  method,
  target,
  body,
  emptyLines: fc.constantFrom(0, 0, 0, 1, 3),
  isOld: fc.constantFrom(false, false, false, false, true),
  connection: fc.constantFrom('', '', '', '', 'close', 'keep-alive', 'x, Close', 'te'),
  fields: fc.array(field, { maxLength: 4 }),
  framing,
})

const chunksOf = (text: string, sizes: readonly number[], extension: string): string => {
  let bytes = ''
  for (const wanted of [...sizes, text.length]) {
    const data = text.slice(0, wanted)
    if (data === '') break
    bytes += `${data.length.toString(16)}${extension}\r\n${data}\r\n`
    text = text.slice(wanted)
  }
  return bytes
}

const closes = (isOld: boolean, connection: string): boolean =>
  connection.toLowerCase().includes('close') || (isOld && connection !== 'keep-alive')

const render = (from: Shape): Message => {
  const { method, target, emptyLines, isOld, connection } = from
  // Chunks are not for HTTP/1.0, and an expectation neither (RFC 9112, 6.1; RFC 9110, 10.1.1).
  const framing: Framing =
    isOld && from.framing.kind === 'chunks' ? { kind: 'length', zeros: '' } : from.framing
  const body = framing.kind === 'none' ? '' : from.body
  const lines = ['Host: a', ...from.fields]
  if (connection !== '') lines.push(`Connection: ${connection}`)
  let content = ''
  if (framing.kind === 'length') {
    lines.push(`Content-Length: ${framing.zeros}${body.length}`)
    content = body
  } else if (framing.kind === 'chunks') {
    lines.push('Transfer-Encoding: chunked')
    const trailers = framing.trailers.map((line) => `${line}\r\n`).join('')
    content = `${chunksOf(body, framing.sizes, framing.extension)}${framing.last}\r\n${trailers}\r\n`
  }
  const head = `${method} ${target} HTTP/1.${isOld ? 0 : 1}\r\n${lines.join('\r\n')}\r\n\r\n`
  const bytes = '\r\n'.repeat(emptyLines) + head + content
  return { method, target, body, isLast: closes(isOld, connection), bytes }
}

/** Pipelines of valid requests. */
export const pipeline: fc.Arbitrary<Message[]> = fc.array(shape.map(render), { minLength: 1, maxLength: 6 })
