import { describe, expect, test } from 'vitest'
import type { Handler } from '../../src/engine/server/engine.ts'
import { parseAnswers } from '../support/answers.ts'
import { MemoryServer, settle } from '../support/memory-server.ts'
import { wireTest } from '../support/wire.ts'

const hello: Handler = (_req, res) => res.end('hello')
const streamed: Handler = (_req, res) => {
  res.write('he')
  res.write('llo')
  res.end()
}

const ask = (version: '1.0' | '1.1', ...fields: string[]): string =>
  `GET / HTTP/${version}\r\nHost: a\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`

/** What one exchange says about the connection, and whether the connection took a second request. */
const persistenceOf = async (request: string, handler: Handler = hello) => {
  const server = new MemoryServer(handler)
  const peer = server.connect()
  peer.receive(request)
  await settle()
  const isOpen = !peer.isEnded
  if (isOpen) peer.receive(ask('1.1'))
  await settle()
  const [first, second] = parseAnswers(peer.written)
  expect(second?.status).toBe(isOpen ? 200 : undefined)
  return { isOpen, connection: first?.fields.connection, answer: first }
}

describe('Persistence (RFC 9112, 9.3)', () => {
  const stays: [request: string, connection: string | undefined][] = [
    [ask('1.1'), undefined],
    [ask('1.1', 'Connection: keep-alive'), undefined],
    [ask('1.1', 'Connection: foo'), undefined],
    [ask('1.1', 'Connection: closed'), undefined],
    [ask('1.1', 'Connection:'), undefined],
    [ask('1.1', 'X-Connection: close'), undefined],
    [ask('1.0', 'Connection: keep-alive'), 'keep-alive'],
    [ask('1.0', 'Connection: Keep-Alive'), 'keep-alive'],
    [ask('1.0', 'Connection: foo , KEEP-ALIVE'), 'keep-alive'],
    [ask('1.0', 'Connection: foo', 'cONNECTION: keep-alive'), 'keep-alive'],
  ]
  test.each(stays)('stays open after %j and answers Connection: %s', async (request, connection) => {
    const seen = await persistenceOf(request)
    expect(seen).toMatchObject({ isOpen: true })
    expect(seen.connection).toBe(connection)
  })

  const closes: string[] = [
    ask('1.1', 'Connection: close'),
    ask('1.1', 'Connection: CLOSE'),
    ask('1.1', 'connection:close'),
    ask('1.1', 'Connection: keep-alive, close'),
    ask('1.1', 'Connection: close, keep-alive'),
    ask('1.1', 'Connection: foo,\tClose ,bar'),
    ask('1.1', 'Connection: foo', 'Connection: close'),
    ask('1.1', 'Connection: close', 'Accept: x', 'CONNECTION: foo'),
    ask('1.0'),
    ask('1.0', 'Connection: close'),
    ask('1.0', 'Connection: foo'),
    // The close option decides whatever stands beside it.
    ask('1.0', 'Connection: keep-alive, close'),
    ask('1.0', 'Connection: close', 'Connection: keep-alive'),
  ]
  test.each(closes)('closes after %j and says so', async (request) => {
    expect(await persistenceOf(request)).toMatchObject({ isOpen: false, connection: 'close' })
  })

  test('a streamed answer to HTTP/1.0 ends with the connection, whatever the client asked', async () => {
    const seen = await persistenceOf(ask('1.0', 'Connection: keep-alive'), streamed)
    expect(seen).toMatchObject({ isOpen: false, connection: 'close' })
    expect(seen.answer).toMatchObject({ body: 'hello', framing: 'close' })
  })

  test('a streamed answer to HTTP/1.0 with an announced length keeps the connection', async () => {
    const seen = await persistenceOf(ask('1.0', 'Connection: keep-alive'), (req, res) => {
      res.setHeader('Content-Length', 5)
      streamed(req, res)
    })
    expect(seen).toMatchObject({ isOpen: true, connection: 'keep-alive' })
    expect(seen.answer).toMatchObject({ body: 'hello', framing: 'length' })
  })

  test('the program may close: setHeader("Connection", "close")', async () => {
    const seen = await persistenceOf(ask('1.1'), (_req, res) => res.setHeader('Connection', 'close').end('x'))
    expect(seen).toMatchObject({ isOpen: false, connection: 'close' })
  })

  test('the program cannot keep open what the client closes', async () => {
    const seen = await persistenceOf(ask('1.1', 'Connection: close'), (_req, res) =>
      res.setHeader('Connection', 'keep-alive').end('x'),
    )
    expect(seen).toMatchObject({ isOpen: false, connection: 'close' })
  })
})

describe('Requests per connection', () => {
  const serveAll = async (maxRequestsPerConnection: number | undefined, count: number) => {
    const options = maxRequestsPerConnection === undefined ? {} : { maxRequestsPerConnection }
    const server = new MemoryServer(hello, options)
    const peer = server.connect()
    peer.receive(ask('1.1').repeat(count))
    await settle()
    return { answers: parseAnswers(peer.written), peer }
  }

  test('1000 by default, the last of which carries Connection: close', async () => {
    const { answers, peer } = await serveAll(undefined, 1_010)
    expect(answers).toHaveLength(1_000)
    expect(answers.filter(({ fields }) => fields.connection === 'close')).toHaveLength(1)
    expect(answers[999]?.fields.connection).toBe('close')
    expect(peer.isEnded).toBe(true)
  })

  test('as many as set', async () => {
    const { answers } = await serveAll(3, 5)
    expect(answers.map(({ fields }) => fields.connection)).toEqual([undefined, undefined, 'close'])
  })

  test('a single one', async () => {
    const { answers } = await serveAll(1, 2)
    expect(answers.map(({ fields }) => fields.connection)).toEqual(['close'])
  })

  test('without end when set to 0', async () => {
    const { answers, peer } = await serveAll(0, 1_500)
    expect(answers).toHaveLength(1_500)
    expect(peer.isEnded).toBe(false)
  })
})

describe('Keep-Alive: timeout', () => {
  test.each([
    [5_000, 'timeout=4'],
    [60_000, 'timeout=59'],
    [2_500, 'timeout=1'],
    [1_900, undefined],
    [0, undefined],
  ])('with an idle timeout of %i ms it is %s, below the real one', async (idleTimeoutMs, value) => {
    const server = new MemoryServer(hello, { idleTimeoutMs })
    const peer = server.connect()
    peer.receive(ask('1.1'))
    peer.receive(ask('1.0', 'Connection: keep-alive'))
    peer.receive(ask('1.1', 'Connection: close'))
    const sent = parseAnswers(peer.written).map(({ fields }) => fields['keep-alive'])
    expect(sent).toEqual([value, value, undefined])
  })
})

wireTest({
  name: 'HTTP/1.1 keeps alive, then HTTP/1.0 with keep-alive, then close ends it (RFC 9112, 9.3)',
  send: ask('1.1') + ask('1.0', 'Connection: keep-alive') + ask('1.1', 'Connection: close') + ask('1.1'),
  handler: hello,
  check: ({ text, closed }, cut) => {
    const answers = parseAnswers(text)
    expect(
      answers.map(({ fields }) => fields.connection),
      cut,
    ).toEqual([undefined, 'keep-alive', 'close'])
    expect(closed, cut).toBe(true)
  },
})
