import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, test, vi } from 'vitest'
import { Engine } from '../../../src/engine/server/engine.ts'
import { CLOSE_REASONS, TIMEOUT_KINDS } from '../../../src/engine/stats/counters.ts'
import { BUCKETS } from '../../../src/engine/stats/histogram.ts'
import { ManualClock } from '../../../src/engine/time/manual-clock.ts'
import { get, post } from '../../support/answers.ts'
import { Doors } from '../../support/deferred.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'
import { StreamPeer } from '../../support/stream-peer.ts'

describe('stats()', () => {
  test('starts as zeros', () => {
    const none = { count: 0, sumMs: 0, buckets: Object.fromEntries(BUCKETS.map((bucket) => [bucket, 0])) }
    const engine = new Engine({ parser: 'scalar' }, () => {}, new ManualClock())
    expect(engine.stats()).toEqual({
      connections: {
        open: 0,
        arriving: 0,
        idle: 0,
        accepted: 0,
        closed: Object.fromEntries(CLOSE_REASONS.map((reason) => [reason, 0])),
      },
      requests: 0,
      handshakes: 0,
      responses: { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 },
      bytes: { read: 0, written: 0 },
      refused: {},
      timeouts: Object.fromEntries(TIMEOUT_KINDS.map((kind) => [kind, 0])),
      handlerErrors: 0,
      aborted: 0,
      exchanges: { live: 0, peak: 0, idle: 0 },
      heads: { live: 0, peak: 0, idleBytes: 0 },
      parked: { live: 0, peak: 0, idle: 0 },
      deadlines: 0,
      durations: { request: none, handler: none, writeStall: none, eventLoopDelay: none },
      eventLoopDelayMs: 0,
      parser: 'scalar',
    })
  })

  test('counts requests, answers by class, and bytes both ways', async () => {
    const server = new MemoryServer((req, res) => {
      res.status = Number(req.target.slice(1))
      res.end()
    })
    const peer = server.connect()
    const bytes = [200, 204, 302, 404, 418, 500].map((status) => get(`/${status}`)).join('')
    peer.receive(bytes)
    peer.receive('nonsense\r\n\r\n')
    await settle()
    expect(server.stats).toMatchObject({
      requests: 6,
      responses: { '2xx': 2, '3xx': 1, '4xx': 3, '5xx': 1 },
      bytes: { read: bytes.length + 12, written: peer.written.length },
    })
    expect(Object.values(server.stats.refused)).toEqual([1])
  })

  test('tells idle connections from busy ones and from half a request', async () => {
    const doors = new Doors()
    const server = new MemoryServer(async (req, res) => {
      await req.text()
      await doors.pass('go')
      res.end()
    })
    const peers = [server.connect(), server.connect(), server.connect(), server.connect()]
    peers[0]?.receive(get('/'))
    peers[1]?.receive(get('/').slice(0, 5))
    peers[2]?.receive(post('/', 'body').slice(0, -1))
    await settle()
    expect(server.stats.connections).toMatchObject({ open: 4, idle: 1, accepted: 4 })
    doors.open('go')
    peers[1]?.receive(get('/').slice(5))
    peers[2]?.receive('y')
    await settle()
    expect(server.stats.connections).toMatchObject({ open: 4, idle: 4 })
    for (const peer of peers) peer.close()
    expect(server.stats.connections).toMatchObject({ open: 0, idle: 0, closed: { client: 4 } })
  })

  test('is a copy: changing it changes nothing', () => {
    const server = new MemoryServer(() => {})
    const { stats } = server
    stats.connections.closed.client = 99
    stats.timeouts.idle = 99
    stats.refused.X = 1
    expect(server.stats).toMatchObject({
      connections: { closed: { client: 0 } },
      timeouts: { idle: 0 },
      refused: {},
    })
  })
})

test('handler errors are published on nova-http:handler.error', async () => {
  const seen: unknown[] = []
  const onMessage = (message: unknown): void => void seen.push(message)
  subscribe('nova-http:handler.error', onMessage)
  const onError = vi.fn()
  const engine = new Engine({ onError }, () => Promise.reject(new Error('planned')), new ManualClock())
  new StreamPeer(engine).send(get('/'))
  await settle()
  unsubscribe('nova-http:handler.error', onMessage)
  expect(seen).toEqual([{ error: new Error('planned') }])
  expect(onError).toHaveBeenCalledOnce()
})
