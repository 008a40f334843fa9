import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TIMEOUTS, type TimeoutKind } from '../../../src/engine/stats/counters.ts'
import { REFUSALS } from '../../../src/errors.ts'
import type { EngineOptions } from '../../../src/options.ts'
import { get, parseAnswers, post } from '../../support/answers.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'
import type { MemoryTransport } from '../../support/memory-transport.ts'
import { counted, leave } from './due.ts'

const CHANNELS = ['nova-http:timeout', 'nova-http:request.refused', 'nova-http:connection.close'] as const

let seen: [channel: string, message: object][] = []
const onMessage = (message: unknown, channel: string | symbol): void => {
  seen.push([String(channel), message as object])
}

beforeEach(() => {
  seen = []
  for (const channel of CHANNELS) subscribe(channel, onMessage)
})
afterEach(() => {
  for (const channel of CHANNELS) unsubscribe(channel, onMessage)
})

const OFF = {
  idleTimeoutMs: 0,
  firstByteTimeoutMs: 0,
  bodyTimeoutMs: 0,
  bodyGapTimeoutMs: 0,
  minBodyBytesPerSecond: 0,
  writeTimeoutMs: 0,
  minDrainBytesPerSecond: 0,
}

/** How a client brings each clock of HTTP to its end; for the handshake see test/tls. */
const WAYS: Record<
  Exclude<TimeoutKind, 'handshake'>,
  [options: EngineOptions, act: (peer: MemoryTransport) => void]
> = {
  firstByte: [{ firstByteTimeoutMs: 2_000 }, () => {}],
  idle: [{ idleTimeoutMs: 2_000 }, (peer) => peer.receive(get('/now'))],
  head: [{ headTimeoutMs: 2_000 }, (peer) => peer.receive('GET')],
  body: [{ bodyTimeoutMs: 2_000 }, (peer) => peer.receive(post('/', 'xx').slice(0, -1))],
  bodyGap: [{ bodyGapTimeoutMs: 2_000 }, (peer) => peer.receive(post('/', 'xx').slice(0, -1))],
  slowBody: [{ minBodyBytesPerSecond: 9 }, (peer) => peer.receive(post('/', 'xx').slice(0, -1))],
  handler: [{ handlerTimeoutMs: 2_000 }, (peer) => peer.receive(get('/'))],
  write: [
    { writeTimeoutMs: 2_000 },
    (peer) => {
      peer.holdWrites()
      peer.receive(get('/now'))
    },
  ],
  slowReader: [
    { minDrainBytesPerSecond: 100 },
    (peer) => {
      peer.holdWrites()
      peer.receive(get('/now'))
      peer.takePending(1)
    },
  ],
  connectionAge: [{ maxConnectionAgeMs: 2_000 }, () => {}],
  linger: [{}, (peer) => peer.receive(get('/now', 'Connection: close\r\n'))],
}

test.each(Object.entries(WAYS))(
  'the clock %s: stats(), the channels and the answer agree',
  async (name, [options, act]) => {
    const kind = name as TimeoutKind
    const { reason, code } = TIMEOUTS[kind]
    const server = new MemoryServer(
      (req, res) => (req.target === '/now' ? res.end('now') : new Promise(() => {})),
      { ...OFF, ...options },
    )
    const peer = server.connect()
    act(peer)
    if (kind === 'slowReader') {
      // What it takes in the window counts; what it took before does not.
      server.clock.advance(5_000)
      peer.takePending(1)
    }
    server.clock.advance(12_000)
    await settle(2)
    await leave(peer)
    const { remoteAddress } = peer
    // Lingering ends what has ended for another reason.
    const closedFor = kind === 'linger' ? 'keepAliveEnd' : reason
    const events = seen.filter(([, message]) => !('kind' in message) || message.kind === kind)
    expect(events).toEqual([
      ['nova-http:timeout', { kind, reason, code, remoteAddress }],
      ...(code === null
        ? []
        : [['nova-http:request.refused', { code, status: REFUSALS[code].status, remoteAddress }]]),
      [
        'nova-http:connection.close',
        {
          connection: expect.any(Number),
          reason: closedFor,
          remoteAddress,
          remotePort: peer.remotePort,
          requests: server.stats.requests,
        },
      ],
    ])
    expect(server.stats.timeouts[kind]).toBe(1)
    expect(server.stats.refused).toEqual(code === null ? {} : { [code]: 1 })
    expect(counted(server.stats.connections.closed)).toEqual({ [closedFor]: 1 })
    if (code === null) return
    const [answer] = parseAnswers(peer.written)
    expect([answer?.status, answer?.fields.connection]).toEqual([REFUSALS[code].status, 'close'])
    expect(answer?.body).toContain(code)
  },
)

test('every refusal is published once, with what the client was told', async () => {
  const server = new MemoryServer((_req, res) => res.end('x'), { maxConnections: 1 })
  const peer = server.connect()
  server.connect()
  peer.receive('nonsense\r\n\r\n')
  await settle(2)
  const refusals = seen.filter(([channel]) => channel === 'nova-http:request.refused')
  expect(refusals.map(([, message]) => message)).toEqual([
    { code: 'TOO_MANY_CONNECTIONS', status: 503, remoteAddress: '192.0.2.1' },
    { code: expect.stringMatching(/^BAD_/), status: 400, remoteAddress: '192.0.2.1' },
  ])
})
