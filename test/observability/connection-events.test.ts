import { connect } from 'node:net'
import { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { MAX_TURNED_AWAY } from '../../src/engine/server/admission.ts'
import { Engine } from '../../src/engine/server/engine.ts'
import { ManualClock } from '../../src/engine/time/manual-clock.ts'
import { sendRaw } from '../clients/raw.ts'
import { serve } from '../clients/serve.ts'
import { get } from '../support/answers.ts'
import { MemoryServer, settle } from '../support/memory-server.ts'
import { StreamPeer } from '../support/stream-peer.ts'
import { published } from './published.ts'

const OPEN = 'nova-http:connection.open'
const CLOSE = 'nova-http:connection.close'

describe('a connection', () => {
  test('is published when it opens and when it closes, with a number of its own', async () => {
    const seen = published(OPEN, CLOSE)
    const server = new MemoryServer((_req, res) => res.end())
    const [first, second] = [server.connect(), server.connect()]
    second.receive(get('/') + get('/', 'Connection: close\r\n'))
    second.endInput()
    await settle()
    first.close()
    const { remoteAddress, remotePort } = first
    const numbers = seen.map(([, { connection }]) => connection)
    expect(numbers[1]).toBeGreaterThan(numbers[0] as number)
    expect(numbers).toEqual([numbers[0], numbers[1], numbers[1], numbers[0]])
    expect(seen).toEqual([
      [OPEN, { connection: expect.any(Number), remoteAddress, remotePort }],
      [OPEN, { connection: expect.any(Number), remoteAddress, remotePort }],
      [CLOSE, { connection: numbers[1], reason: 'keepAliveEnd', remoteAddress, remotePort, requests: 2 }],
      [CLOSE, { connection: numbers[0], reason: 'client', remoteAddress, remotePort, requests: 0 }],
    ])
  })

  test('has the number that its requests say', async () => {
    const opened = published(OPEN)
    const started = published('nova-http:request.start')
    const server = new MemoryServer((_req, res) => res.end())
    server.connect()
    server.connect().receive(get('/'))
    expect(started[0]?.[1].connection).toBe(opened[1]?.[1].connection)
  })

  test('does not share its number with one of another engine', () => {
    const seen = published(OPEN)
    for (let i = 0; i < 2; i++) new MemoryServer(() => {}).connect()
    expect(seen[1]?.[1].connection).not.toBe(seen[0]?.[1].connection)
  })

  test('that is reset in a flood opens and closes', () => {
    const server = new MemoryServer(() => {}, { maxConnections: 1 })
    for (let i = 0; i <= MAX_TURNED_AWAY; i++) server.connect()
    const seen = published(OPEN, CLOSE)
    server.connect()
    expect(seen).toMatchObject([
      [OPEN, {}],
      [CLOSE, { reason: 'refusedByReset', requests: 0 }],
    ])
    expect(seen[1]?.[1].connection).toBe(seen[0]?.[1].connection)
  })

  test('that never becomes one of HTTP opens and closes', async () => {
    const seen = published(OPEN, CLOSE)
    const { port } = await serve((_req, res) => res.end(), {
      proxyProtocol: { trusted: ['127.0.0.1'] },
    } as object)
    connect(port, '127.0.0.1').end()
    await expect.poll(() => seen.length).toBe(2)
    expect(seen).toMatchObject([
      [OPEN, { remoteAddress: '127.0.0.1' }],
      [CLOSE, { reason: 'client', requests: 0, remoteAddress: '127.0.0.1' }],
    ])
    expect(seen[1]?.[1].connection).toBe(seen[0]?.[1].connection)
  })

  test('behind a proxy keeps its number when its address is told', async () => {
    const seen = published(OPEN, CLOSE)
    const { engine, port } = await serve((_req, res) => res.end(), {
      proxyProtocol: { trusted: ['127.0.0.1'] },
    } as object)
    await sendRaw(port, `PROXY TCP4 192.0.2.7 192.0.2.1 1234 80\r\n${get('/', 'Connection: close\r\n')}`)
    await expect.poll(() => engine.stats().connections.open).toBe(0)
    const connection = seen[0]?.[1].connection
    expect(seen).toMatchObject([
      [OPEN, { remoteAddress: '127.0.0.1' }],
      [CLOSE, { connection, remoteAddress: '192.0.2.7', remotePort: 1234, requests: 1 }],
    ])
  })
})

describe('a drain', () => {
  test('is published when it begins and when it is over', async () => {
    const seen = published('nova-http:drain.start', 'nova-http:drain.end')
    const engine = new Engine({}, (_req, res) => res.end(), new ManualClock())
    const peer = new StreamPeer(engine)
    peer.send(get('/'))
    await settle()
    engine.attach(new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() }))
    const report = await engine.drain({ graceMs: 0 })
    expect(await engine.drain()).toBe(report)
    expect(seen).toEqual([
      ['nova-http:drain.start', { unreadyMs: 0, graceMs: 0, idleGraceMs: 0, connections: 2 }],
      ['nova-http:drain.end', report],
    ])
    expect(seen[1]?.[1]).not.toBe(report)
  })
})
