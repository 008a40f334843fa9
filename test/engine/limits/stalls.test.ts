import { describe, expect, test } from 'vitest'
import { get, parseAnswers, post } from '../../support/answers.ts'
import { settle } from '../../support/memory-server.ts'
import { goesAfter, isGone, outcome, SLACK_MS, stays } from './due.ts'
import { StallingServer } from './stalling-server.ts'

describe('A blocked event loop', () => {
  test('reads what waits in the kernel before it calls a connection idle', async () => {
    const server = new StallingServer((_req, res) => res.end('x'), { idleTimeoutMs: 5_000 })
    const peer = server.connect()
    peer.receive(get('/'))
    await stays(server.clock, peer, 4_900)
    server.clock.stall(10_000)
    // libuv runs timers first, then polls: the request has been waiting since the stall began.
    server.clock.resume()
    expect(isGone(peer)).toBe(false)
    peer.receive(get('/'))
    await settle(2)
    expect(parseAnswers(peer.written)).toHaveLength(2)
    await goesAfter(server.clock, peer, 5_000)
  })

  test('does not shorten the idle time of a connection that it answered at its end', async () => {
    const server = new StallingServer(
      (_req, res) => {
        // The handler itself is what blocks.
        server.clock.stall(8_000)
        res.end('x')
      },
      { idleTimeoutMs: 5_000 },
    )
    const peer = server.connect()
    await stays(server.clock, peer, 1_000)
    peer.receive(get('/'))
    server.clock.resume()
    await settle(2)
    expect(isGone(peer)).toBe(false)
    await goesAfter(server.clock, peer, 5_000)
  })

  test.each([
    ['a head', get('/').slice(0, 9), { headTimeoutMs: 6_000 }, 6_000],
    ['a body', post('/', 'body').slice(0, -1), { bodyGapTimeoutMs: 6_000, minBodyBytesPerSecond: 0 }, 6_000],
    ['the rate of a body', post('/', 'body').slice(0, -1), { bodyGapTimeoutMs: 0 }, 5_000],
    ['a handler', get('/'), { handlerTimeoutMs: 6_000 }, 6_000],
  ])('does not shorten the time of %s that began meanwhile', async (_name, bytes, options, ms) => {
    const server = new StallingServer(() => new Promise(() => {}), options)
    const peer = server.connect()
    await stays(server.clock, peer, 1_000)
    server.clock.stall(8_000)
    // Read in the same turn of the loop that was blocked: the wheel's clock still stands where it was.
    peer.receive(bytes)
    server.clock.resume()
    await settle(2)
    await goesAfter(server.clock, peer, ms)
  })

  test('does not shorten the time of a client to take its response', async () => {
    const server = new StallingServer((_req, res) => res.end('x'.repeat(1_000)), { writeTimeoutMs: 6_000 })
    const peer = server.connect()
    peer.holdWrites()
    await stays(server.clock, peer, 1_000)
    server.clock.stall(8_000)
    peer.receive(get('/'))
    server.clock.resume()
    await settle(2)
    await goesAfter(server.clock, peer, 6_000)
    expect(outcome(server.stats).timeouts).toEqual({ write: 1 })
  })

  test('what it arms after its late tick is reckoned from now', async () => {
    const server = new StallingServer((_req, res) => res.end('x'), { idleTimeoutMs: 0, headTimeoutMs: 3_000 })
    const peer = server.connect()
    peer.receive(get('/'))
    server.clock.stall(60_000)
    server.clock.resume()
    expect(server.reactor.wheel.now).toBe(server.clock.now())
    peer.receive('GET')
    await settle(2)
    await goesAfter(server.clock, peer, 3_000)
  })
})

describe('maxEventLoopDelayMs', () => {
  const serve = () => {
    const server = new StallingServer((_req, res) => res.end('x'), {
      maxEventLoopDelayMs: 400,
      idleTimeoutMs: 0,
    })
    return { server, clock: server.clock, peer: server.connect() }
  }

  const ask = async (peer: ReturnType<typeof serve>['peer']): Promise<number | undefined> => {
    peer.receive(get('/'))
    await settle(1)
    return parseAnswers(peer.written).at(-1)?.status
  }

  test('answers 503 OVERLOADED with Retry-After, and keeps the connection', async () => {
    const { server, clock, peer } = serve()
    expect(await ask(peer)).toBe(200)
    clock.stall(1_000)
    clock.resume()
    expect(await ask(peer)).toBe(503)
    const answer = parseAnswers(peer.written).at(-1)
    expect([answer?.fields['retry-after'], answer?.fields.connection]).toEqual(['1', undefined])
    expect(answer?.body).toMatch(/^OVERLOADED/)
    expect(isGone(peer)).toBe(false)
    expect(server.stats).toMatchObject({ refused: { OVERLOADED: 1 }, exchanges: { live: 0 } })
    expect(server.stats.eventLoopDelayMs).toBeGreaterThan(400)
  })

  test('is over when the loop has recovered, within a second', async () => {
    const { clock, peer } = serve()
    clock.stall(1_000)
    clock.resume()
    clock.advance(1_000)
    expect(await ask(peer)).toBe(200)
  })

  test('does not mind a loop that is late by less', async () => {
    const { clock, peer } = serve()
    for (let i = 0; i < 20; i++) {
      clock.stall(300)
      clock.resume()
      expect(await ask(peer)).toBe(200)
    }
  })

  test('does not count the time without connections', async () => {
    const { server, clock, peer } = serve()
    peer.close()
    await settle(1)
    clock.advance(3_600_000)
    const next = server.connect()
    clock.advance(SLACK_MS)
    expect(await ask(next)).toBe(200)
  })
})
