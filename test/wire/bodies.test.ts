import { expect } from 'vitest'
import type { Handler } from '../../src/engine/server/engine.ts'
import { get, parseAnswers, post } from '../support/answers.ts'
import { wireTest } from '../support/wire.ts'

const text: Handler = async (req, res) => res.end(`${req.method} ${req.target} [${await req.text()}]`)

const iterate: Handler = async (req, res) => {
  let body = ''
  for await (const chunk of req.body) body += Buffer.from(chunk).toString('latin1')
  res.end(`${req.method} ${req.target} [${body}]`)
}

const bodies = (reply: string): string[] => parseAnswers(reply).map(({ body }) => body)

const chunked = (...lines: string[]): string =>
  `POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${lines.join('')}`

for (const [how, handler] of [
  ['text()', text],
  ['iteration', iterate],
] as const) {
  wireTest({
    name: `Bodies of known length, read by ${how}, end where they say (RFC 9112, 6.2)`,
    send: post('/1', 'GET / HTTP/1.1\r\n\r\n') + post('/2', '') + get('/3') + post('/4', 'x', 'PUT'),
    handler,
    check: (reply, cut) =>
      expect(bodies(reply.text), cut).toEqual([
        'POST /1 [GET / HTTP/1.1\r\n\r\n]',
        'POST /2 []',
        'GET /3 []',
        'PUT /4 [x]',
      ]),
  })

  wireTest({
    name: `Chunked bodies, read by ${how}, lose their framing (RFC 9112, 7.1)`,
    send:
      chunked(
        '5\r\nhello\r\n',
        '00B;name=value\r\n\r\n0\r\n\r\nmore\r\n',
        '0\r\n',
        'X-Trailer: 1\r\n',
        '\r\n',
      ) +
      chunked('0\r\n\r\n') +
      get('/last'),
    handler,
    check: (reply, cut) =>
      expect(bodies(reply.text), cut).toEqual([
        'POST /c [hello\r\n0\r\n\r\nmore]',
        'POST /c []',
        'GET /last []',
      ]),
  })
}

wireTest({
  name: 'A body nobody reads is skipped, chunked or not, and never taken for a request',
  send: post('/1', get('/smuggled')) + chunked('a\r\n0123456789\r\n', '0\r\n\r\n') + get('/3'),
  handler: (req, res) => res.end(req.target),
  check: (reply, cut) => expect(bodies(reply.text), cut).toEqual(['/1', '/c', '/3']),
})

wireTest({
  name: 'A body beyond the limit answers 413 and the connection goes on when the rest is short (RFC 9110, 15.5.14)',
  send: post('/1', 'x'.repeat(9)) + chunked('9\r\n123456789\r\n', '0\r\n\r\n') + post('/3', 'short'),
  handler: text,
  options: { maxBodyBytes: 8 },
  check: (reply, cut) => {
    const answers = parseAnswers(reply.text)
    expect(
      answers.map(({ status }) => status),
      cut,
    ).toEqual([413, 413, 200])
    expect(answers[2]?.body, cut).toBe('POST /3 [short]')
  },
})

for (const [what, cutShort] of [
  ['of known length', post('/1', 'complete').slice(0, -3)],
  ['in chunks', chunked('5\r\nhello\r\n', '5\r\nhe')],
] as const) {
  wireTest({
    name: `A body ${what} that ends early is answered 400 (RFC 9112, 8)`,
    send: get('/0') + cutShort,
    handler: text,
    check: (reply, cut) => {
      const answers = parseAnswers(reply.text)
      expect(
        answers.map(({ status }) => status),
        cut,
      ).toEqual([200, 400])
      expect(answers[1]?.body, cut).toContain('INCOMPLETE_BODY')
      expect(reply.closed, cut).toBe(true)
    },
  })
}

wireTest({
  name: 'A chunk that is none is refused in the middle of the body, and what follows is not looked at',
  send: get('/0') + chunked('5\r\nhello\r\n', 'xyz\r\n') + get('/never'),
  handler: text,
  check: (reply, cut) => {
    const answers = parseAnswers(reply.text)
    expect(
      answers.map(({ status }) => status),
      cut,
    ).toEqual([200, 400])
    expect(answers[1]?.fields.connection, cut).toBe('close')
  },
})

wireTest({
  name: 'HEAD announces a length and sends no body, so that the next answer is found (RFC 9110, 9.3.2)',
  send: `HEAD /1 HTTP/1.1\r\nHost: a\r\n\r\n${get('/2')}`,
  handler: text,
  check: (reply, cut) => {
    const [first, second] = parseAnswers(reply.text, [0])
    expect(first?.fields['content-length'], cut).toBe(String('HEAD /1 []'.length))
    expect(second?.body, cut).toBe('GET /2 []')
  },
})
