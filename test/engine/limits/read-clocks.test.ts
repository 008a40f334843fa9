import { describe, expect, test } from 'vitest'
import type { EngineOptions } from '../../../src/options.ts'
import { get, parseAnswers, post } from '../../support/answers.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'
import { goesAfter, leave, outcome, stays } from './due.ts'

const DAY_MS = 86_400_000

const serve = (options: EngineOptions) => {
  const server = new MemoryServer(
    async (req, res) => {
      await req.text()
      res.end('x')
    },
    { idleTimeoutMs: 0, bodyTimeoutMs: 0, bodyGapTimeoutMs: 0, minBodyBytesPerSecond: 0, ...options },
  )
  return { server, clock: server.clock, peer: server.connect() }
}

/** The head of a POST whose body is `length` bytes. */
const announce = (length: number): string => post('/', 'x'.repeat(length)).slice(0, -length)

describe('firstByteTimeoutMs', () => {
  test('closes a new connection that says nothing, without a word', async () => {
    const { server, clock, peer } = serve({ firstByteTimeoutMs: 4_000 })
    await goesAfter(clock, peer, 4_000)
    expect(peer.written).toBe('')
    await leave(peer)
    expect(outcome(server.stats)).toEqual({
      timeouts: { firstByte: 1 },
      refused: {},
      closed: { firstByteTimeout: 1 },
    })
  })

  test('is over with the first byte: the head has its own time', async () => {
    const { server, clock, peer } = serve({ firstByteTimeoutMs: 4_000, headTimeoutMs: 6_000 })
    await stays(clock, peer, 3_900)
    peer.receive('G')
    await goesAfter(clock, peer, 6_000)
    expect(server.stats.timeouts).toMatchObject({ firstByte: 0, head: 1 })
  })

  test('does not come back after a request', async () => {
    const { server, clock, peer } = serve({ firstByteTimeoutMs: 4_000 })
    peer.receive(get('/'))
    await stays(clock, peer, DAY_MS)
    expect(server.stats.timeouts.firstByte).toBe(0)
  })

  test('is off at 0', async () => {
    const { server, clock, peer } = serve({ firstByteTimeoutMs: 0 })
    expect(server.stats.deadlines).toBe(0)
    await stays(clock, peer, DAY_MS)
  })
})

describe('bodyGapTimeoutMs', () => {
  test('answers 408 when no byte comes for so long, counted from the last one', async () => {
    const { server, clock, peer } = serve({ bodyGapTimeoutMs: 6_000 })
    peer.receive(announce(100))
    for (let i = 0; i < 5; i++) {
      await stays(clock, peer, 5_500)
      peer.receive('x')
    }
    await goesAfter(clock, peer, 6_000)
    const [answer] = parseAnswers(peer.written)
    expect([answer?.status, answer?.fields.connection, answer?.body.split(':')[0]]).toEqual([
      408,
      'close',
      'BODY_GAP_TIMEOUT',
    ])
    await leave(peer)
    expect(outcome(server.stats)).toEqual({
      timeouts: { bodyGap: 1 },
      refused: { BODY_GAP_TIMEOUT: 1 },
      closed: { bodyGapTimeout: 1 },
    })
    expect(server.stats.exchanges.live).toBe(0)
  })

  test('is not put off by chunk extensions, which are no body (RFC 9112, 7.1.1)', async () => {
    const { clock, peer } = serve({ bodyGapTimeoutMs: 6_000 })
    peer.receive('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;')
    for (let ms = 0; ms < 5_000; ms += 500) {
      await stays(clock, peer, 500)
      peer.receive('a')
    }
    await goesAfter(clock, peer, 1_000)
  })

  test('does not run while a client waits for 100 (Continue) (RFC 9110, 10.1.1)', async () => {
    const server = new MemoryServer(
      async (req, res) => {
        await new Promise<void>((resolve) => {
          ask = resolve
        })
        res.end(await req.text())
      },
      { idleTimeoutMs: 0, bodyGapTimeoutMs: 6_000 },
    )
    let ask = (): void => {}
    const peer = server.connect()
    peer.receive(post('/', 'body', 'POST', 'Expect: 100-continue\r\n').slice(0, -4))
    await stays(server.clock, peer, 60_000)
    ask()
    await settle(2)
    expect(peer.written).toMatch(/^HTTP\/1\.1 100 /)
    await goesAfter(server.clock, peer, 5_000)
  })

  test('does not run while the connection itself has paused reading', async () => {
    const server = new MemoryServer(
      async (req, res) => {
        await new Promise<void>((resolve) => {
          read = resolve
        })
        await req.text()
        res.end('x')
      },
      { idleTimeoutMs: 0, bodyGapTimeoutMs: 6_000, bodyTimeoutMs: 20_000, highWaterBytes: 1_024 },
    )
    let read = (): void => {}
    const peer = server.connect()
    peer.receive(announce(10_000))
    await stays(server.clock, peer, 5_000)
    peer.receive('x'.repeat(5_000))
    peer.receive('x'.repeat(1_000))
    expect(peer.isPaused).toBe(true)
    await stays(server.clock, peer, 100_000)
    read()
    await settle(2)
    expect(peer.isPaused).toBe(false)
    await stays(server.clock, peer, 5_000)
    peer.receive('x')
    await stays(server.clock, peer, 5_000)
    peer.receive('x')
    // 5 + 5 + 5 of 20 seconds are used up; the pause is not among them.
    await goesAfter(server.clock, peer, 5_000)
    expect(server.stats.timeouts).toMatchObject({ body: 1, bodyGap: 0 })
  })

  test('is off at 0', async () => {
    const { server, clock, peer } = serve({})
    peer.receive(announce(100))
    expect(server.stats.deadlines).toBe(0)
    await stays(clock, peer, DAY_MS)
  })
})

describe('minBodyBytesPerSecond', () => {
  test('answers 408 to a body that trickles, after a grace of 5 s', async () => {
    const { server, clock, peer } = serve({ minBodyBytesPerSecond: 100 })
    peer.receive(announce(10_000))
    for (let i = 0; i < 9; i++) {
      await stays(clock, peer, 500)
      peer.receive('x')
    }
    await goesAfter(clock, peer, 500)
    expect(parseAnswers(peer.written)[0]?.body).toMatch(/^BODY_TOO_SLOW/)
    await leave(peer)
    expect(outcome(server.stats)).toEqual({
      timeouts: { slowBody: 1 },
      refused: { BODY_TOO_SLOW: 1 },
      closed: { slowBody: 1 },
    })
  })

  test('lets what came early pay for what comes late', async () => {
    const { clock, peer } = serve({ minBodyBytesPerSecond: 100 })
    peer.receive(announce(10_000))
    peer.receive('x'.repeat(2_000))
    await stays(clock, peer, 15_000)
    peer.receive('x'.repeat(500))
    await goesAfter(clock, peer, 10_000)
  })

  test('a body just above the floor is read to its end', async () => {
    const { clock, peer } = serve({ minBodyBytesPerSecond: 100 })
    peer.receive(announce(3_600))
    for (let i = 0; i < 60; i++) {
      await stays(clock, peer, 500)
      peer.receive('x'.repeat(60))
    }
    await settle(2)
    expect(parseAnswers(peer.written)[0]?.status).toBe(200)
  })
})

test('the defaults bound a silent body within the grace of the floor', async () => {
  const server = new MemoryServer(async (req, res) => res.end(await req.text()))
  const peer = server.connect()
  peer.receive(announce(10))
  await goesAfter(server.clock, peer, 5_000)
})
