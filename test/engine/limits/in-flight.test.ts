import { describe, expect, test } from 'vitest'
import type { EngineOptions } from '../../../src/options.ts'
import { get, parseAnswers, post } from '../../support/answers.ts'
import { Doors } from '../../support/deferred.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'
import type { MemoryTransport } from '../../support/memory-transport.ts'
import { isGone } from './due.ts'

const serve = (options: EngineOptions = {}) => {
  const doors = new Doors()
  const server = new MemoryServer(
    async (req, res) => {
      if (req.target === '/now') return res.end('now')
      await doors.pass(req.target)
      return res.end(req.target)
    },
    { maxRequestsInFlight: 2, ...options },
  )
  return { server, doors }
}

const statuses = (peer: MemoryTransport): number[] => parseAnswers(peer.written).map(({ status }) => status)

describe('maxRequestsInFlight', () => {
  test('answers 503 with Retry-After beyond it, over all connections, and keeps the connection', async () => {
    const { server, doors } = serve()
    const peers = [server.connect(), server.connect(), server.connect()] as const
    peers[0].receive(get('/a'))
    peers[1].receive(get('/b'))
    peers[2].receive(get('/c'))
    await settle(1)
    const [answer] = parseAnswers(peers[2].written)
    expect([answer?.status, answer?.fields['retry-after'], answer?.fields.connection]).toEqual([
      503,
      '1',
      undefined,
    ])
    expect(answer?.body).toMatch(/^TOO_MANY_REQUESTS_IN_FLIGHT/)
    expect(server.stats).toMatchObject({ refused: { TOO_MANY_REQUESTS_IN_FLIGHT: 1 }, requests: 3 })
    doors.open('/a')
    await settle(1)
    peers[2].receive(get('/now'))
    expect(statuses(peers[2])).toEqual([503, 200])
    doors.open('/b')
    await settle(1)
    expect(server.stats.exchanges.live).toBe(0)
  })

  test('an answer to HEAD stays without a body (RFC 9110, 9.3.2)', async () => {
    const { server } = serve({ maxRequestsInFlight: 1 })
    const [busy, peer] = [server.connect(), server.connect()]
    busy.receive(get('/a'))
    peer.receive(get('/b').replace('GET', 'HEAD'))
    await settle(1)
    expect(peer.written.split('\r\n\r\n')[1]).toBe('')
    expect(peer.written).toContain('Content-Length: ')
  })

  test('pipelined requests that are answered at once do not count beside each other', async () => {
    const { server } = serve({ maxRequestsInFlight: 1 })
    const peer = server.connect()
    peer.receive(get('/now').repeat(10))
    expect(statuses(peer)).toEqual(Array(10).fill(200))
  })

  test('pipelined requests that wait do count, and the refusals keep their places', async () => {
    const { server, doors } = serve()
    const peer = server.connect()
    peer.receive(get('/a') + get('/b') + get('/c') + get('/d'))
    await settle(1)
    expect(peer.written).toBe('')
    doors.open('/a')
    doors.open('/b')
    await settle(1)
    expect(statuses(peer)).toEqual([200, 200, 503, 503])
    expect(server.stats.exchanges.live).toBe(0)
  })

  test('a refused request does not count, however slowly its body comes', async () => {
    const { server, doors } = serve({ maxRequestsInFlight: 1 })
    const [busy, slow, peer] = [server.connect(), server.connect(), server.connect()]
    busy.receive(get('/a'))
    slow.receive(post('/b', 'body').slice(0, -1))
    await settle(1)
    expect(statuses(slow)).toEqual([503])
    doors.open('/a')
    await settle(1)
    peer.receive(get('/now'))
    expect(statuses(peer)).toEqual([200])
  })

  test('a request whose client has left counts until its handler is done', async () => {
    const { server, doors } = serve({ maxRequestsInFlight: 1 })
    const [gone, peer] = [server.connect(), server.connect()]
    gone.receive(get('/a'))
    gone.close()
    await settle(1)
    peer.receive(get('/now'))
    doors.open('/a')
    await settle(1)
    peer.receive(get('/now'))
    expect(statuses(peer)).toEqual([503, 200])
  })

  test.each([
    ['short: it is skipped', post('/b', 'body'), undefined],
    ['of unknown length', 'POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', 'close'],
    ['long', post('/b', 'x'.repeat(300_000)).slice(0, -300_000), 'close'],
  ])(
    'a refused request keeps or closes its connection when its body is %s',
    async (_name, bytes, connection) => {
      const { server } = serve({ maxRequestsInFlight: 1 })
      const [busy, peer] = [server.connect(), server.connect()]
      busy.receive(get('/a'))
      peer.receive(bytes)
      await settle(2)
      const [answer] = parseAnswers(peer.written)
      expect([answer?.status, answer?.fields.connection]).toEqual([503, connection])
      expect(isGone(peer)).toBe(connection === 'close')
    },
  )
})
