import { describe, expect, test } from 'vitest'
import type { LoadOptions } from '../../src/load/load-options.ts'
import type { LoadResult } from '../../src/load/result.ts'
import { runLoad } from '../../src/load/run-load.ts'
import { serve } from '../clients/serve.ts'
import { answering, serveRaw } from './raw-servers.ts'

const run = (url: string, options: Partial<LoadOptions> = {}): Promise<LoadResult> =>
  runLoad({ url, connections: 2, durationMs: 100, warmUpMs: 0, timeoutMs: 2_000, ...options })

const isGood = ({ requests, errorShare }: LoadResult): boolean =>
  requests.good > 0 && requests.good === requests.intended && errorShare === 0

describe('responses of every framing are read to their end (RFC 9112, 6.3)', () => {
  test.each([
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    [
      'chunks and trailers',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA: b\r\n\r\n',
    ],
    ['204 without a body', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['304 that announces a body', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
    [
      'an interim response in front',
      'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    ],
  ])('%s', async (_, bytes) => {
    const result = await run(await answering(bytes))
    expect(isGood(result)).toBe(true)
    expect(result.connectionsOpened).toBeLessThanOrEqual(2)
  })

  test('a body that lasts as long as its connection', async () => {
    const result = await run(await answering('HTTP/1.1 200 OK\r\n\r\nok', (socket) => socket.end()), {
      expectBody: 'ok',
      rate: 50,
    })
    // Five requests on two connections, of which none serves a second.
    expect(result.requests).toMatchObject({ intended: 5, good: 5 })
    expect(result.connectionsOpened).toBeGreaterThan(2)
  })

  test('HEAD among other requests, pipelined', async () => {
    const { origin } = await serve((_, response) => response.end('hello'))
    const requests = [{ method: 'HEAD' }, { method: 'GET', weight: 2 }]
    expect(isGood(await run(origin, { requests, pipeline: 4 }))).toBe(true)
  })

  test('a response that comes byte by byte', async () => {
    const url = await serveRaw((socket) => {
      socket.setNoDelay(true)
      socket.on('data', async () => {
        for (const byte of 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok') {
          await new Promise<void>((resolve) => socket.write(byte, () => setImmediate(resolve)))
        }
      })
    })
    expect(isGood(await run(url, { expectBody: 'ok' }))).toBe(true)
  })
})

describe('connections', () => {
  test('last for as many requests as they may, the last of which says close (RFC 9112, 9.6)', async () => {
    const closes: boolean[] = []
    const { origin } = await serve((request, response) => {
      closes.push(request.headers.get('connection') === 'close')
      response.end('ok')
    })
    const result = await run(origin, { requestsPerConnection: 3, connections: 1, rate: 90 })
    expect(isGood(result)).toBe(true)
    expect(closes).toEqual([false, false, true, false, false, true, false, false, true])
  })

  test('are replaced when the server ends them, and what it left unanswered is sent again', async () => {
    const { origin } = await serve((_, response) => response.end('ok'), { maxRequestsPerConnection: 5 })
    const result = await run(origin, { pipeline: 4 })
    expect(isGood(result)).toBe(true)
    expect(result.requests.resent).toBeGreaterThan(0)
  })

  test('that rested and are closed lose nothing: the request is sent again (RFC 9112, 9.3.1)', async () => {
    const url = await serveRaw((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
        socket.on('data', () => socket.destroy())
      })
    })
    const result = await run(url, { connections: 1, rate: 1.6, durationMs: 700 })
    expect(result.requests).toMatchObject({ intended: 2, good: 2, resent: 1 })
    expect(result.errorShare).toBe(0)
  })

  test('are opened over the ramp', async () => {
    const opened: number[] = []
    const url = await serveRaw((socket) => {
      opened.push(performance.now())
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
    })
    await run(url, { connections: 5, rampMs: 100, durationMs: 20 })
    expect(opened).toHaveLength(5)
    expect((opened.at(-1) as number) - (opened[0] as number)).toBeGreaterThan(50)
  })
})

test('an abort ends a run with what was measured', async () => {
  const { origin } = await serve((_, response) => response.end('ok'))
  const abort = new AbortController()
  const result = await run(origin, {
    durationMs: 60_000,
    signal: abort.signal,
    onProgress: ({ phase }) => {
      if (phase === 'measure') abort.abort()
    },
  })
  expect(result.isInterrupted).toBe(true)
  expect(result.requests.good).toBeGreaterThan(0)
  expect(result.measuredMs).toBeLessThan(60_000)
})

test('an abort before the start does not even connect', async () => {
  const result = await run('http://127.0.0.1:1/', { signal: AbortSignal.abort() })
  expect(result).toMatchObject({ isInterrupted: true, requests: { intended: 0 } })
})
