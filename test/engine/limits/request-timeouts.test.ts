import { describe, expect, test } from 'vitest'
import type { Request } from '../../../src/engine/message/request.ts'
import type { RequestTimeouts } from '../../../src/engine/message/request-timeouts.ts'
import type { Response } from '../../../src/engine/message/response.ts'
import type { EngineOptions } from '../../../src/options.ts'
import { get, parseAnswers, post } from '../../support/answers.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'
import { goesAfter, isGone, outcome, SLACK_MS, stays } from './due.ts'

const FIVE_MINUTES_MS = 300_000

/** A server whose handlers answer when the test says so. */
const serve = (options: EngineOptions, ask: (req: Request) => void) => {
  const requests: Request[] = []
  const responses: Response[] = []
  const server = new MemoryServer((req, res) => {
    requests.push(req)
    responses.push(res)
    if (req.target !== '/plain') ask(req)
    return new Promise(() => {})
  }, options)
  return { server, clock: server.clock, requests, responses }
}

describe('setTimeouts({ handlerMs })', () => {
  test('a stream silent for five minutes survives beside a connection with the default times, which dies', async () => {
    const { server, clock, responses } = serve({ handlerTimeoutMs: 30_000 }, (req) =>
      req.setTimeouts({ handlerMs: 0 }),
    )
    const [stream, plain, silent] = [server.connect(), server.connect(), server.connect()]
    stream.receive(get('/events'))
    plain.receive(get('/plain'))
    await settle(2)
    responses[0]?.write('data: 1\n\n')
    await stays(clock, stream, FIVE_MINUTES_MS)
    responses[0]?.write('data: 2\n\n')
    await settle(2)
    expect(stream.written).toContain('data: 2')
    expect([plain, silent].map(isGone)).toEqual([true, true])
    expect(outcome(server.stats).timeouts).toMatchObject({ handler: 1, firstByte: 1 })
    // Its other clocks are as they were: a client that stops reading it is found out.
    stream.holdWrites()
    responses[0]?.write('data: 3\n\n')
    await settle(2)
    await goesAfter(clock, stream, 60_000)
    expect(server.stats.timeouts.write).toBe(1)
  })

  test('counts from the call, so that a long poll can ask again', async () => {
    const { server, clock, requests } = serve({ handlerTimeoutMs: 5_000 }, () => {})
    const peer = server.connect()
    peer.receive(get('/poll'))
    for (let i = 0; i < 5; i++) {
      await stays(clock, peer, 4_500)
      requests[0]?.setTimeouts({ handlerMs: 5_000 })
    }
    await goesAfter(clock, peer, 5_000)
  })

  test('limits a handler where the option does not', async () => {
    const { server, clock } = serve({}, (req) => req.setTimeouts({ handlerMs: 2_000 }))
    const peer = server.connect()
    peer.receive(get('/'))
    await goesAfter(clock, peer, 2_000)
    expect(parseAnswers(peer.written)[0]?.status).toBe(503)
  })

  test('is for this exchange only', async () => {
    const { server, clock, responses } = serve({ handlerTimeoutMs: 3_000 }, (req) =>
      req.setTimeouts({ handlerMs: 0 }),
    )
    const peer = server.connect()
    peer.receive(get('/'))
    await stays(clock, peer, 60_000)
    responses[0]?.end('x')
    await settle(2)
    peer.receive(get('/plain'))
    await goesAfter(clock, peer, 3_000)
  })
})

describe('setTimeouts({ bodyMs })', () => {
  const half = post('/', 'x'.repeat(1_000)).slice(0, -990)

  test('lets a body be silent for as long as the handler says, and no longer', async () => {
    const { server, clock } = serve({}, (req) => req.setTimeouts({ bodyMs: FIVE_MINUTES_MS }))
    const peer = server.connect()
    peer.receive(half)
    await goesAfter(clock, peer, FIVE_MINUTES_MS)
    expect(outcome(server.stats).timeouts).toEqual({ body: 1 })
  })

  test('may be said in the middle of the body, counted from then; 0 is for ever', async () => {
    const { server, clock, requests } = serve({}, () => {})
    const peer = server.connect()
    peer.receive(half)
    await stays(clock, peer, 4_000)
    requests[0]?.setTimeouts({ bodyMs: 0 })
    await stays(clock, peer, 3_600_000)
    requests[0]?.setTimeouts({ bodyMs: 2_000 })
    await goesAfter(clock, peer, 2_000)
  })

  test('is for this exchange only', async () => {
    const { server, clock, responses } = serve({}, (req) => req.setTimeouts({ bodyMs: 0 }))
    const peer = server.connect()
    peer.receive(half)
    await stays(clock, peer, 60_000)
    peer.receive('x'.repeat(990))
    responses[0]?.end('x')
    await settle(2)
    peer.receive(half.replace('/', '/plain'))
    await goesAfter(clock, peer, 5_000)
  })
})

describe('setTimeouts({ writeMs })', () => {
  test('lets a client stop reading for as long as the handler says', async () => {
    const { server, clock, responses } = serve({}, (req) => req.setTimeouts({ writeMs: FIVE_MINUTES_MS }))
    const peer = server.connect()
    peer.receive(get('/'))
    await settle(2)
    peer.holdWrites()
    responses[0]?.write('x'.repeat(1_000))
    await settle(2)
    await goesAfter(clock, peer, FIVE_MINUTES_MS)
    expect(outcome(server.stats).timeouts).toEqual({ write: 1 })
  })

  test('also when it is said while bytes wait; 0 is for ever', async () => {
    const { server, clock, requests, responses } = serve({}, () => {})
    const peer = server.connect()
    peer.holdWrites()
    peer.receive(get('/'))
    responses[0]?.write('x'.repeat(1_000))
    await stays(clock, peer, 59_000)
    requests[0]?.setTimeouts({ writeMs: 0 })
    await stays(clock, peer, 3_600_000)
    expect(server.stats.timeouts.write).toBe(0)
  })
})

describe('setTimeouts', () => {
  const errorOf = async (timeouts: unknown): Promise<unknown> => {
    const { server, requests } = serve({}, () => {})
    server.connect().receive(get('/'))
    await settle(1)
    try {
      requests[0]?.setTimeouts(timeouts as RequestTimeouts)
    } catch (error) {
      return error
    }
    return null
  }

  test.each([-1, 0.5, Number.NaN, 86_400_001, '5', null])('refuses %s, naming the timeout', async (ms) => {
    expect(await errorOf({ bodyMs: ms })).toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining('bodyMs'),
    })
  })

  test('refuses an unknown name', async () => {
    expect(await errorOf({ idleMs: 1 })).toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining('handlerMs, bodyMs, writeMs'),
    })
  })

  test('leaves what is undefined as it is', async () => {
    const { server, clock } = serve({ handlerTimeoutMs: 3_000 }, (req) => {
      req.setTimeouts({ handlerMs: undefined } as unknown as RequestTimeouts)
    })
    const peer = server.connect()
    peer.receive(get('/'))
    clock.advance(3_000 + SLACK_MS)
    await settle(2)
    expect(isGone(peer)).toBe(true)
  })
})
