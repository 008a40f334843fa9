import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createEngine, Engine, type Handler, type ServerOptions } from '../../src/engine/server/engine.ts'
import { ManualClock } from '../../src/engine/time/manual-clock.ts'
import { bodiesOf, get, parseAnswers, post } from '../support/answers.ts'
import { cutsOf, replyOnSocket } from '../support/wire.ts'
import { canMakeCertificates, certificate } from '../tls/certificates.ts'
import { binaryHeader, IPV4_ADDRESSES } from './proxy-bytes.ts'

const LINE = 'PROXY TCP4 192.0.2.7 198.51.100.1 1234 443\r\n'
const LOOPBACK = ['127.0.0.0/8']
const SOCKETS_AT_ONCE = 64

const whoAsks: Handler = async (req, res) =>
  res.end(`${req.remoteAddress} ${req.remotePort} ${req.encrypted} ${await req.text()}`)

const serve = async (
  options: ServerOptions = {},
  clock?: ManualClock,
): Promise<{ engine: Engine; port: number }> => {
  const engine = new Engine({ proxyProtocol: { trusted: LOOPBACK }, ...options }, whoAsks, clock)
  onTestFinished(async () => {
    await engine.drain({ graceMs: 0 })
  })
  const { port } = await engine.listen({ host: '127.0.0.1' })
  return { engine, port }
}

/** A client that keeps its side open. */
const open = (port: number, bytes: string): { socket: Socket; text: Promise<string> } => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  socket.on('error', () => {})
  socket.on('end', () => socket.end())
  if (bytes !== '') socket.write(bytes, 'latin1')
  return { socket, text: new Promise((resolve) => socket.on('close', () => resolve(text))) }
}

describe.each(['auto', 'stream'] as const)('Behind a proxy, read path %s', (transport) => {
  test.each([
    ['version 1', LINE],
    ['version 2', binaryHeader(0x21, 0x11, IPV4_ADDRESSES)],
  ])('the client of a %s header is the one who asks, however it is cut', async (_name, header) => {
    const { engine, port } = await serve({ transport })
    const bytes = `${header}${post('/', 'one')}${post('/', 'two')}`
    const cuts = cutsOf(bytes)
    for (let at = 0; at < cuts.length; at += SOCKETS_AT_ONCE) {
      const group = cuts.slice(at, at + SOCKETS_AT_ONCE)
      const replies = await Promise.all(group.map(([, pieces]) => replyOnSocket(port, pieces)))
      for (const [i, { text }] of replies.entries()) {
        expect([group[i]?.[0], bodiesOf(text)]).toEqual([
          group[i]?.[0],
          ['192.0.2.7 1234 false one', '192.0.2.7 1234 false two'],
        ])
      }
    }
    const { connections, bytes: counted, exchanges } = engine.stats()
    expect(connections).toMatchObject({ accepted: cuts.length, arriving: 0 })
    expect(counted.read).toBe(cuts.length * bytes.length)
    expect(exchanges.live).toBe(0)
  })

  test.each([
    ['LOCAL', binaryHeader(0x20, 0, '')],
    ['UNKNOWN', 'PROXY UNKNOWN\r\n'],
  ])('%s is the proxy itself', async (_name, header) => {
    const { port } = await serve({ transport })
    const { text } = await replyOnSocket(port, [`${header}${get('/')}`])
    expect(bodiesOf(text)[0]).toMatch(/^127\.0\.0\.1 \d+ false/)
  })

  test.each([
    ['no header', get('/')],
    ['a malformed one', `PROXY TCP4 192.0.2.7 198.51.100.1 1234 443 \r\n${get('/')}`],
    ['half of one, and the end', 'PROXY TCP4 192.'],
  ])('%s is refused, and nothing behind it is looked at', async (_name, bytes) => {
    const { engine, port } = await serve({ transport })
    const { text } = await replyOnSocket(port, [bytes])
    const [answer, ...others] = parseAnswers(text)
    expect(answer).toMatchObject({ status: 400, fields: { connection: 'close' } })
    expect(answer?.body).toMatch(/^BAD_PROXY_HEADER: /)
    expect(others).toEqual([])
    await vi.waitFor(() => expect(engine.stats().connections.closed.refused).toBe(1))
    expect(engine.stats()).toMatchObject({ requests: 0, refused: { BAD_PROXY_HEADER: 1 } })
  })

  test('a peer that is not trusted is refused before it says anything', async () => {
    const { engine, port } = await serve({ transport, proxyProtocol: { trusted: ['10.0.0.0/8'] } })
    const { text } = open(port, '')
    expect(parseAnswers(await text)).toMatchObject([{ status: 403, fields: { connection: 'close' } }])
    expect(engine.stats()).toMatchObject({ requests: 0, refused: { UNTRUSTED_PROXY: 1 } })
  })

  test('a trusted IPv4 peer is known on a socket for both families', async () => {
    const engine = createEngine({ transport, proxyProtocol: { trusted: LOOPBACK } }, whoAsks)
    onTestFinished(async () => {
      await engine.drain({ graceMs: 0 })
    })
    const { port } = await engine.listen()
    const { text } = await replyOnSocket(port, [`${LINE}${get('/')}`])
    expect(bodiesOf(text)).toEqual(['192.0.2.7 1234 false '])
  })

  test('a check that only connects and closes is no error', async () => {
    const { engine, port } = await serve({ transport })
    open(port, '').socket.end()
    await vi.waitFor(() => expect(engine.stats().connections.closed.client).toBe(1))
    expect(engine.stats()).toMatchObject({ refused: {}, connections: { open: 0, arriving: 0 } })
  })

  test('maxConnectionsPerIp counts the clients, not the proxy', async () => {
    const { engine, port } = await serve({ transport, maxConnectionsPerIp: 1 })
    const other = LINE.replace('192.0.2.7', '192.0.2.8')
    const first = open(port, `${LINE}${get('/')}`)
    await vi.waitFor(() => expect(engine.stats().requests).toBe(1))
    const { text } = open(port, `${LINE}${get('/')}`)
    expect(parseAnswers(await text)).toMatchObject([{ status: 503 }])
    expect(engine.stats().refused).toEqual({ TOO_MANY_CONNECTIONS_FROM_ADDRESS: 1 })
    const { text: others } = await replyOnSocket(port, [`${other}${get('/')}`])
    expect(bodiesOf(others)).toEqual(['192.0.2.8 1234 false '])
    first.socket.destroy()
    await vi.waitFor(() => expect(engine.stats().connections.open).toBe(0))
    expect(parseAnswers((await replyOnSocket(port, [`${LINE}${get('/')}`])).text)[0]?.status).toBe(200)
  })

  test('a header that does not come in handshakeTimeoutMs ends the connection', async () => {
    const clock = new ManualClock()
    const { engine, port } = await serve({ transport, handshakeTimeoutMs: 2_000 }, clock)
    const [silent, trickling] = [open(port, ''), open(port, 'PROXY')]
    await vi.waitFor(() => expect(engine.stats().connections.arriving).toBe(2))
    clock.advance(1_900)
    expect(engine.stats().connections.arriving).toBe(2)
    clock.advance(300)
    expect(await Promise.all([silent.text, trickling.text])).toEqual(['', ''])
    await vi.waitFor(() => expect(engine.stats().connections.open).toBe(0))
    expect(engine.stats()).toMatchObject({
      timeouts: { handshake: 2 },
      connections: { closed: { handshakeTimeout: 2 } },
    })
  })

  test('a drain waits for a header that is under way, and breaks it off at its deadline', async () => {
    const clock = new ManualClock()
    const { engine, port } = await serve({ transport, handshakeTimeoutMs: 0 }, clock)
    const [late, never] = [open(port, 'PROXY'), open(port, 'PROXY')]
    await vi.waitFor(() => expect(engine.stats().connections.arriving).toBe(2))
    let isOver = false
    const drained = engine.drain({ graceMs: 2_000, idleGraceMs: 0 }).finally(() => {
      isOver = true
    })
    late.socket.write(`${LINE.slice(5)}${get('/')}`)
    expect(parseAnswers(await late.text)).toMatchObject([{ status: 200, fields: { connection: 'close' } }])
    await vi.waitFor(() => expect(engine.stats().connections).toMatchObject({ open: 1, arriving: 1 }))
    expect(isOver).toBe(false)
    clock.advance(2_200)
    expect(await never.text).toBe('')
    expect(await drained).toMatchObject({ finished: 1 })
    expect(engine.stats().connections).toMatchObject({ open: 0, arriving: 0, closed: { forced: 1 } })
  })

  test('any bytes end in an answer or the end of the connection, and leave nothing behind', async () => {
    const { engine, port } = await serve({ transport, handshakeTimeoutMs: 0 })
    const some = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(LINE, 'PROXY ', get('/'), '\r\n'))
    await fc.assert(
      fc.asyncProperty(fc.array(some, { maxLength: 4 }), async (pieces) => {
        const texts = pieces.map((piece) => Buffer.from(piece as string, 'latin1').toString('latin1'))
        const { text } = await replyOnSocket(
          port,
          texts.filter((piece) => piece !== ''),
        )
        for (const { status } of parseAnswers(text)) expect([200, 400, 408, 505]).toContain(status)
      }),
      { numRuns: 100 },
    )
    await vi.waitFor(() => expect(engine.stats().connections).toMatchObject({ open: 0, arriving: 0 }))
    expect(engine.stats().exchanges.live).toBe(0)
  })
})

describe.skipIf(!canMakeCertificates)('A PROXY header before TLS', () => {
  const askBehind = async (port: number, header: string): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.write(header, 'latin1')
    const secure = connectTls({ socket, rejectUnauthorized: false })
    let text = ''
    secure.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk
    })
    secure.write(get('/', 'Connection: close\r\n'))
    return new Promise((resolve, reject) => {
      secure.on('error', reject).on('end', () => resolve(text))
    })
  }

  test('names the client of the encrypted request', async () => {
    const { engine, port } = await serve({ tls: certificate('localhost') })
    for (const header of [LINE, binaryHeader(0x21, 0x11, IPV4_ADDRESSES)]) {
      expect(bodiesOf(await askBehind(port, header))).toEqual(['192.0.2.7 1234 true '])
    }
    expect(engine.stats()).toMatchObject({ handshakes: 2, connections: { arriving: 0 } })
  })

  test('that is malformed, or a peer that is not trusted, is reset', async () => {
    const { engine, port } = await serve({ tls: certificate('localhost') })
    await expect(askBehind(port, 'PROXY nonsense\r\n')).rejects.toThrow()
    const stranger = await serve({
      tls: certificate('localhost'),
      proxyProtocol: { trusted: ['192.0.2.0/24'] },
    })
    await expect(askBehind(stranger.port, LINE)).rejects.toThrow()
    await vi.waitFor(() => expect(engine.stats().connections.open).toBe(0))
    expect(engine.stats()).toMatchObject({
      refused: { BAD_PROXY_HEADER: 1 },
      connections: { closed: { refusedByReset: 1 } },
    })
    expect(stranger.engine.stats().refused).toEqual({ UNTRUSTED_PROXY: 1 })
  })
})

test.each<[name: string, proxyProtocol: unknown]>([
  ['nobody', {}],
  ['an empty list', { trusted: [] }],
  ['a name', { trusted: ['localhost'] }],
  ['a network that is too wide', { trusted: ['10.0.0.0/33'] }],
  ['a number', { trusted: [5] }],
  ['no object', 'all'],
])('proxyProtocol that trusts %s is refused', (_name, proxyProtocol) => {
  const options = { proxyProtocol } as ServerOptions
  expect(() => createEngine(options, whoAsks)).toThrow(
    expect.objectContaining({
      code: 'OPTION_INVALID',
      message: expect.stringMatching(/^Option proxyProtocol/),
    }),
  )
})
