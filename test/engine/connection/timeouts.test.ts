import { describe, expect, test } from 'vitest'
import { TICK_MS } from '../../../src/engine/server/reactor.ts'
import type { EngineOptions } from '../../../src/options.ts'
import { get, parseAnswers, post } from '../../support/answers.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'
import type { MemoryTransport } from '../../support/memory-transport.ts'

/** How late a deadline may be noticed, ms. */
const SLACK_MS = 2 * TICK_MS

/** The clocks of test/engine/limits are off, so that each test here sees its own alone. */
const LIMITS = {
  idleTimeoutMs: 2_000,
  headTimeoutMs: 3_000,
  bodyTimeoutMs: 7_000,
  writeTimeoutMs: 11_000,
  firstByteTimeoutMs: 0,
  bodyGapTimeoutMs: 0,
  minBodyBytesPerSecond: 0,
  minDrainBytesPerSecond: 0,
}

const serve = (options: EngineOptions = {}, respond = 'x') => {
  const server = new MemoryServer(
    async (req, res) => {
      if (req.target === '/never') return new Promise(() => {})
      await req.text()
      return res.end(respond)
    },
    { ...LIMITS, ...options },
  )
  return { server, peer: server.connect(), clock: server.clock }
}

const isGone = (peer: MemoryTransport): boolean => peer.isEnded || peer.isDestroyed

/** Nothing may happen within `ms`; then the deadline must be noticed within its slack. */
const expectDeadline = async (server: MemoryServer, peer: MemoryTransport, ms: number): Promise<void> => {
  server.clock.advance(ms - 1)
  await settle(1)
  expect(isGone(peer), `not before ${ms} ms`).toBe(false)
  server.clock.advance(1 + SLACK_MS)
  await settle(1)
  expect(isGone(peer), `soon after ${ms} ms`).toBe(true)
}

describe('The idle timeout', () => {
  test('closes a connection that asks no more, quietly', async () => {
    const { server, peer } = serve()
    peer.receive(get('/'))
    await settle(1)
    const { written } = peer
    await expectDeadline(server, peer, 2_000)
    expect(peer.written).toBe(written)
    peer.endInput()
    await settle(1)
    expect(server.stats).toMatchObject({
      timeouts: { idle: 1, head: 0, body: 0, write: 0, linger: 0 },
      connections: { open: 0, closed: { idleTimeout: 1 } },
      refused: {},
    })
  })

  test('starts anew with every answer', async () => {
    const { server, peer } = serve()
    for (let i = 0; i < 5; i++) {
      server.clock.advance(1_900)
      peer.receive(get('/'))
      await settle(1)
    }
    await expectDeadline(server, peer, 2_000)
    expect(parseAnswers(peer.written)).toHaveLength(5)
  })

  test('counts from the end of the answer, not from its request', async () => {
    const { server, peer } = serve()
    peer.receive(get('/never'))
    server.clock.advance(60_000)
    await settle(1)
    expect(isGone(peer)).toBe(false)
  })

  test.each([['\r\n'], ['\r', '\n'], ['\r\n\r', '\n']])(
    'is not put off by a trickle of empty lines %j (RFC 9112, 2.2)',
    async (...pieces) => {
      const { server, peer } = serve()
      peer.receive(get('/'))
      await settle(1)
      let ms = 0
      while (!isGone(peer) && ms < 20_000) {
        for (const piece of pieces) {
          server.clock.advance(TICK_MS)
          ms += TICK_MS
          if (!isGone(peer)) peer.receive(piece)
        }
        await settle(1)
      }
      expect(ms).toBeLessThanOrEqual(3_000 + SLACK_MS + TICK_MS)
    },
  )

  test('is off at 0', async () => {
    const { server, peer } = serve({ idleTimeoutMs: 0 })
    server.clock.advance(86_400_000)
    await settle(1)
    expect(isGone(peer)).toBe(false)
    expect(server.stats.deadlines).toBe(0)
  })
})

describe('The head timeout', () => {
  const expectRefusal = (peer: MemoryTransport): void => {
    const [answer] = parseAnswers(peer.written).slice(-1)
    expect([answer?.status, answer?.fields.connection]).toEqual([408, 'close'])
  }

  test('answers 408 and closes', async () => {
    const { server, peer } = serve()
    peer.receive('GET / HT')
    await expectDeadline(server, peer, 3_000)
    expectRefusal(peer)
    peer.endInput()
    await settle(1)
    expect(server.stats).toMatchObject({
      timeouts: { idle: 0, head: 1 },
      refused: { HEAD_TIMEOUT: 1 },
      connections: { closed: { headTimeout: 1 } },
    })
  })

  test('is not reset by trickled bytes', async () => {
    const { server, peer } = serve()
    peer.receive('GET / HTTP/1.1\r\n')
    for (let ms = 0; ms < 2_900; ms += 100) {
      server.clock.advance(100)
      peer.receive('x')
    }
    expect(isGone(peer)).toBe(false)
    server.clock.advance(100 + SLACK_MS)
    await settle(1)
    expectRefusal(peer)
  })

  test('counts from the first byte of each request anew', async () => {
    const { server, peer } = serve()
    for (let i = 0; i < 3; i++) {
      peer.receive(get('/').slice(0, 5))
      server.clock.advance(2_500)
      peer.receive(get('/').slice(5))
      await settle(1)
    }
    expect(parseAnswers(peer.written).map(({ status }) => status)).toEqual([200, 200, 200])
    peer.receive(get('/') + get('/').slice(0, 5))
    await expectDeadline(server, peer, 3_000)
  })

  test('is off at 0', async () => {
    const { server, peer } = serve({ headTimeoutMs: 0 })
    peer.receive('GET /')
    server.clock.advance(86_400_000)
    await settle(1)
    expect(isGone(peer)).toBe(false)
  })
})

describe('The body timeout', () => {
  test('answers 408 although the handler waits, however the body trickles', async () => {
    const { server, peer } = serve()
    peer.receive(post('/', 'x'.repeat(1_000)).slice(0, -990))
    for (let ms = 0; ms < 6_900; ms += 100) {
      server.clock.advance(100)
      peer.receive('x')
    }
    await settle(1)
    expect(isGone(peer)).toBe(false)
    server.clock.advance(100 + SLACK_MS)
    await settle(1)
    expect(parseAnswers(peer.written).map(({ status }) => status)).toEqual([408])
    peer.endInput()
    await settle()
    expect(server.stats).toMatchObject({
      timeouts: { idle: 0, head: 0, body: 1 },
      refused: { BODY_TIMEOUT: 1 },
      connections: { closed: { bodyTimeout: 1 } },
      exchanges: { live: 0 },
    })
    expect(server.errors).toEqual([])
  })

  test('each body has its own time, also when it begins in the read that ends the one before', async () => {
    const server = new MemoryServer((_req, res) => res.end('x'), LIMITS)
    const peer = server.connect()
    const request = post('/', 'body')
    peer.receive(request.slice(0, -1))
    for (let i = 0; i < 4; i++) {
      server.clock.advance(6_000)
      await settle(1)
      peer.receive(request.slice(-1) + request.slice(0, -1))
    }
    await settle(1)
    expect(parseAnswers(peer.written).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(isGone(peer)).toBe(false)
  })

  test('each body has its own time', async () => {
    const { server, peer } = serve()
    for (let i = 0; i < 3; i++) {
      const request = post('/', 'body')
      peer.receive(request.slice(0, -1))
      server.clock.advance(6_000)
      peer.receive(request.slice(-1))
      await settle(1)
    }
    expect(parseAnswers(peer.written).map(({ status }) => status)).toEqual([200, 200, 200])
  })

  test('is off at 0', async () => {
    const { server, peer } = serve({ bodyTimeoutMs: 0 })
    peer.receive(post('/', 'body').slice(0, -1))
    server.clock.advance(86_400_000)
    await settle(1)
    expect(isGone(peer)).toBe(false)
  })
})

describe('The write timeout', () => {
  test('destroys the connection of a client that takes nothing', async () => {
    const { server, peer } = serve({ idleTimeoutMs: 0 }, 'x'.repeat(10_000))
    peer.holdWrites()
    peer.receive(get('/'))
    await settle(1)
    await expectDeadline(server, peer, 11_000)
    await settle(1)
    expect(peer.isDestroyed).toBe(true)
    expect(server.stats).toMatchObject({
      timeouts: { write: 1 },
      connections: { open: 0, closed: { writeTimeout: 1 } },
    })
  })

  test('starts anew with whatever the client takes', async () => {
    const { server, peer } = serve({ idleTimeoutMs: 0 }, 'x'.repeat(10_000))
    peer.holdWrites()
    peer.receive(get('/'))
    await settle(1)
    for (let i = 0; i < 5; i++) {
      server.clock.advance(10_000)
      peer.takePending(1)
      await settle(1)
      expect(isGone(peer)).toBe(false)
    }
    server.clock.advance(22_000 + 2 * SLACK_MS)
    await settle(1)
    expect(peer.isDestroyed).toBe(true)
  })

  test('is not put off by a producer that goes on writing', async () => {
    const ticks: (() => void)[] = []
    const server = new MemoryServer((_req, res) => {
      ticks.push(() => res.write('x'.repeat(100)))
    }, LIMITS)
    const peer = server.connect()
    peer.holdWrites()
    peer.receive(get('/'))
    let ms = 0
    for (; ms < 60_000 && !peer.isDestroyed; ms += 1_000) {
      for (const tick of ticks) tick()
      await settle(1)
      server.clock.advance(1_000)
      await settle(1)
    }
    expect(ms).toBeGreaterThanOrEqual(11_000)
    expect(ms).toBeLessThanOrEqual(13_000)
  })

  test('is over once everything was taken', async () => {
    const { server, peer } = serve({ idleTimeoutMs: 0 }, 'x'.repeat(10_000))
    peer.holdWrites()
    peer.receive(get('/'))
    await settle(1)
    peer.releaseWrites()
    server.clock.advance(60_000)
    await settle(1)
    expect(isGone(peer)).toBe(false)
    expect(server.stats.timeouts.write).toBe(0)
  })
})

describe('Lingering after the last answer (RFC 9112, 9.6)', () => {
  test('discards what still comes, then destroys', async () => {
    const { server, peer } = serve({ lingerTimeoutMs: 500 })
    peer.receive(get('/', 'Connection: close\r\n'))
    await settle(1)
    expect([peer.isEnded, peer.isDestroyed]).toEqual([true, false])
    server.clock.advance(499)
    peer.receive(get('/ignored') + post('/ignored', 'x'))
    expect(peer.isDestroyed).toBe(false)
    server.clock.advance(1 + SLACK_MS)
    await settle(1)
    expect(peer.isDestroyed).toBe(true)
    expect(parseAnswers(peer.written)).toHaveLength(1)
    expect(server.stats).toMatchObject({
      requests: 1,
      timeouts: { linger: 1 },
      connections: { open: 0, closed: { keepAliveEnd: 1 } },
    })
  })

  test('is over as soon as the client closes too', async () => {
    const { server, peer } = serve()
    peer.receive(get('/', 'Connection: close\r\n'))
    await settle(1)
    peer.endInput()
    await settle(1)
    expect(server.stats).toMatchObject({ connections: { open: 0 }, timeouts: { linger: 0 }, deadlines: 0 })
  })
})

test('no clock runs while the handler is at work, and none is left after the last connection', async () => {
  const { server, peer } = serve()
  peer.receive(get('/never'))
  await settle(1)
  expect(server.stats.deadlines).toBe(0)
  peer.close()
  await settle(1)
  expect(server.stats).toMatchObject({ deadlines: 0, connections: { open: 0, closed: { client: 1 } } })
})

test('a handler learns why its stalled connection was cut off: WRITE_TIMEOUT', async () => {
  const codes: string[] = []
  const server = new MemoryServer(async (req, res) => {
    req.signal.addEventListener('abort', () => codes.push(req.signal.reason.code))
    while (res.write('x'.repeat(65_536)));
    await res.drained()
  }, LIMITS)
  const peer = server.connect()
  peer.holdWrites()
  peer.receive(get('/'))
  await settle()
  server.clock.advance(LIMITS.writeTimeoutMs + SLACK_MS)
  await settle()
  expect(codes).toEqual(['WRITE_TIMEOUT'])
  expect(server.errors).toEqual([])
})
