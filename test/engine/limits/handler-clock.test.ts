import { describe, expect, test } from 'vitest'
import type { Request } from '../../../src/engine/message/request.ts'
import type { Response } from '../../../src/engine/message/response.ts'
import type { EngineOptions } from '../../../src/options.ts'
import { get, parseAnswers, post } from '../../support/answers.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'
import { goesAfter, isGone, leave, outcome, SLACK_MS, stays } from './due.ts'

const serve = (options: EngineOptions = {}, before: (req: Request, res: Response) => void = () => {}) => {
  const held: Response[] = []
  const signals: AbortSignal[] = []
  const server = new MemoryServer(
    (req, res) => {
      signals.push(req.signal)
      if (req.target === '/now') return res.end('now')
      before(req, res)
      held.push(res)
      return new Promise(() => {})
    },
    { handlerTimeoutMs: 4_000, ...options },
  )
  return { server, clock: server.clock, peer: server.connect(), held, signals }
}

const codeOf = (body: string): string | undefined => body.split(':')[0]

describe('handlerTimeoutMs', () => {
  test('answers 503 HANDLER_TIMEOUT with Retry-After and closes', async () => {
    const { server, clock, peer, signals } = serve()
    peer.receive(get('/'))
    await goesAfter(clock, peer, 4_000)
    const [answer] = parseAnswers(peer.written)
    expect([answer?.status, answer?.fields.connection, answer?.fields['retry-after']]).toEqual([
      503,
      'close',
      '1',
    ])
    expect(codeOf(answer?.body ?? '')).toBe('HANDLER_TIMEOUT')
    expect(signals[0]?.reason).toMatchObject({ code: 'HANDLER_TIMEOUT' })
    await leave(peer)
    expect(outcome(server.stats)).toEqual({
      timeouts: { handler: 1 },
      refused: { HANDLER_TIMEOUT: 1 },
      closed: { handlerTimeout: 1 },
    })
  })

  test('what the handler still writes goes nowhere and does not throw', async () => {
    const { clock, peer, held } = serve()
    peer.receive(get('/'))
    clock.advance(4_000 + SLACK_MS)
    await settle(2)
    const { written } = peer
    const res = held[0] as Response
    expect(res.ended).toBe(true)
    res.setHeader('X-Late', '1').write('late')
    res.end('later')
    await settle(2)
    expect(peer.written).toBe(written)
  })

  test('an answer to HEAD stays without a body (RFC 9110, 9.3.2)', async () => {
    const { clock, peer } = serve()
    peer.receive(get('/').replace('GET', 'HEAD'))
    clock.advance(4_000 + SLACK_MS)
    await settle(2)
    expect(peer.written.startsWith('HTTP/1.1 503 ')).toBe(true)
    expect(peer.written.endsWith('\r\n\r\n')).toBe(true)
    expect(peer.written).not.toContain('HANDLER_TIMEOUT')
  })

  test('destroys the connection when the head is already out', async () => {
    const { server, clock, peer, signals } = serve({}, (_req, res) => res.write('half'))
    peer.receive(get('/'))
    await goesAfter(clock, peer, 4_000)
    expect([peer.isDestroyed, signals[0]?.aborted]).toEqual([true, true])
    expect(outcome(server.stats)).toMatchObject({ timeouts: { handler: 1 }, closed: { handlerTimeout: 1 } })
  })

  test('takes its turn behind earlier answers, and leaves the answered ones alone', async () => {
    const { clock, peer, held } = serve({}, (req) => {
      if (req.target === '/slow') req.setTimeouts({ handlerMs: 9_000 })
    })
    peer.receive(get('/slow') + get('/stuck') + get('/now'))
    clock.advance(4_000 + SLACK_MS)
    await settle(2)
    expect(peer.written).toBe('')
    held[0]?.end('slow')
    await settle(2)
    expect(parseAnswers(peer.written).map(({ status, body }) => [status, codeOf(body)])).toEqual([
      [200, 'slow'],
      [503, 'HANDLER_TIMEOUT'],
    ])
    expect(peer.isEnded).toBe(true)
  })

  test('is over with the answer, although the handler goes on', async () => {
    const { server, clock, peer } = serve({ idleTimeoutMs: 0 }, (_req, res) => res.end('done'))
    peer.receive(get('/'))
    await stays(clock, peer, 60_000)
    expect(server.stats.timeouts.handler).toBe(0)
  })

  test('ends a request whose body is still on its way', async () => {
    const { server, clock, peer } = serve()
    peer.receive(post('/', 'body').slice(0, -2))
    await goesAfter(clock, peer, 4_000)
    expect(parseAnswers(peer.written)).toHaveLength(1)
    peer.receive('dy')
    await leave(peer)
    expect(outcome(server.stats).closed).toEqual({ handlerTimeout: 1 })
  })

  test('costs no deadline when it is off', async () => {
    const { server, clock, peer } = serve({ handlerTimeoutMs: 0 })
    peer.receive(get('/'))
    await settle(2)
    expect(server.stats.deadlines).toBe(0)
    clock.advance(86_400_000)
    await settle(2)
    expect(isGone(peer)).toBe(false)
  })
})
