import { describe, expect, test } from 'vitest'
import { MAX_TURNED_AWAY } from '../../../src/engine/server/admission.ts'
import type { EngineOptions } from '../../../src/options.ts'
import { get, parseAnswers } from '../../support/answers.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'
import { MemoryTransport } from '../../support/memory-transport.ts'
import { isGone, outcome, SLACK_MS } from './due.ts'

const serve = (options: EngineOptions): MemoryServer => new MemoryServer((_req, res) => res.end('x'), options)

const connectFrom = (server: MemoryServer, remoteAddress: string): MemoryTransport => {
  const peer = new MemoryTransport(server.reactor.parser.window)
  Object.assign(peer, { remoteAddress })
  server.reactor.accept(peer)
  return peer
}

const refusalOf = (peer: MemoryTransport): unknown[] => {
  const [answer] = parseAnswers(peer.written)
  return [
    answer?.status,
    answer?.fields['retry-after'],
    answer?.fields.connection,
    answer?.body.split(':')[0],
  ]
}

describe('maxConnections', () => {
  test('beyond it, a connection is answered 503 with Retry-After and closed', async () => {
    const server = serve({ maxConnections: 2 })
    const peers = [server.connect(), server.connect(), server.connect()] as const
    await settle(1)
    expect(peers.map(isGone)).toEqual([false, false, true])
    expect(refusalOf(peers[2])).toEqual([503, '1', 'close', 'TOO_MANY_CONNECTIONS'])
    peers[2].endInput()
    await settle(1)
    expect(outcome(server.stats)).toEqual({
      timeouts: {},
      refused: { TOO_MANY_CONNECTIONS: 1 },
      closed: { refused: 1 },
    })
  })

  test('one that is refused and still open takes no place', async () => {
    const server = serve({ maxConnections: 1 })
    const first = server.connect()
    const refused = server.connect()
    first.close()
    expect(refused.isDestroyed).toBe(false)
    const next = server.connect()
    next.receive(get('/'))
    expect(parseAnswers(next.written)[0]?.status).toBe(200)
  })

  test('in a flood, connections are reset at once instead of answered', async () => {
    const server = serve({ maxConnections: 1 })
    server.connect()
    const refused = Array.from({ length: MAX_TURNED_AWAY }, () => server.connect())
    const flood = [server.connect(), server.connect()]
    await settle(2)
    expect(refused.every(({ isReset, written }) => !isReset && written !== '')).toBe(true)
    expect(flood.map(({ isReset, written }) => [isReset, written])).toEqual([
      [true, ''],
      [true, ''],
    ])
    expect(server.stats.connections).toMatchObject({
      open: 1 + MAX_TURNED_AWAY,
      accepted: 3 + MAX_TURNED_AWAY,
      closed: { refusedByReset: 2 },
    })
    expect(server.stats.refused).toEqual({ TOO_MANY_CONNECTIONS: MAX_TURNED_AWAY + 2 })
    // Those that were answered linger and go; then there is time for answers again.
    server.clock.advance(1_000 + SLACK_MS)
    await settle(MAX_TURNED_AWAY)
    expect(server.stats.connections.open).toBe(1)
    expect(server.connect().isReset).toBe(false)
  })
})

describe('maxConnectionsPerIp', () => {
  test('beyond it, a connection from the same address is answered 503 and closed; another address is not', async () => {
    const server = serve({ maxConnectionsPerIp: 2 })
    const peers = [1, 1, 1, 2].map((host) => connectFrom(server, `198.51.100.${host}`))
    await settle(1)
    expect(peers.map(isGone)).toEqual([false, false, true, false])
    expect(refusalOf(peers[2] as MemoryTransport)).toEqual([
      503,
      '1',
      'close',
      'TOO_MANY_CONNECTIONS_FROM_ADDRESS',
    ])
  })

  test('a place is free again when a connection has closed', async () => {
    const server = serve({ maxConnectionsPerIp: 1 })
    const first = connectFrom(server, '198.51.100.1')
    expect(isGone(connectFrom(server, '198.51.100.1'))).toBe(true)
    first.close()
    expect(isGone(connectFrom(server, '198.51.100.1'))).toBe(false)
  })

  test('an IPv4 address counts as itself when it comes mapped into IPv6 (RFC 4291, 2.5.5.2)', () => {
    const server = serve({ maxConnectionsPerIp: 1 })
    connectFrom(server, '198.51.100.1')
    expect(isGone(connectFrom(server, '::ffff:198.51.100.1'))).toBe(true)
    expect(isGone(connectFrom(server, '2001:db8::1'))).toBe(false)
  })

  test('unix sockets have no address and no such limit', () => {
    const server = serve({ maxConnectionsPerIp: 1 })
    expect([connectFrom(server, ''), connectFrom(server, '')].map(isGone)).toEqual([false, false])
  })

  test('an address without connections is forgotten', async () => {
    const server = serve({ maxConnectionsPerIp: 1 })
    for (let i = 0; i < 1_000; i++) connectFrom(server, `198.51.${i >> 8}.${i & 255}`).close()
    const { admission } = server.reactor
    expect(admission.addresses).toBe(0)
    connectFrom(server, '::ffff:198.51.100.1')
    connectFrom(server, '198.51.100.1').close()
    await settle(1)
    expect(admission.addresses).toBe(1)
  })
})
