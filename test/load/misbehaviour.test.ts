import { describe, expect, test } from 'vitest'
import type { LoadOptions } from '../../src/load/load-options.ts'
import type { LoadResult } from '../../src/load/result.ts'
import { runLoad } from '../../src/load/run-load.ts'
import { answering, serveRaw } from './raw-servers.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

const run = (url: string, options: Partial<LoadOptions> = {}): Promise<LoadResult> =>
  runLoad({ url, connections: 2, durationMs: 100, warmUpMs: 0, timeoutMs: 2_000, ...options })

/** Every request is accounted for. */
const isComplete = ({ requests, latency }: LoadResult): boolean =>
  requests.intended === requests.good + requests.failed &&
  requests.unfinished === 0 &&
  latency.count <= requests.intended

describe('a server that misbehaves is counted', () => {
  test('a connection that is reset instead of an answer', async () => {
    const result = await run(await serveRaw((socket) => socket.on('data', () => socket.resetAndDestroy())))
    expect(result.errors.reset).toBeGreaterThan(0)
    expect(result.requests.good).toBe(0)
    expect(isComplete(result)).toBe(true)
  })

  test('a connection that ends in the middle of a response (RFC 9112, 8)', async () => {
    const url = await answering('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', (socket) => socket.end())
    const result = await run(url)
    expect(result.errors.reset).toBeGreaterThan(0)
    expect(result.requests.good).toBe(0)
    expect(isComplete(result)).toBe(true)
  })

  test('a connection that ends in the middle of a chunked response (RFC 9112, 8)', async () => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
    const result = await run(await answering(`${head}5\r\nhe`, (socket) => socket.end()))
    expect(result.errors.reset).toBeGreaterThan(0)
    expect(result.requests.good).toBe(0)
  })

  test('bytes that are not HTTP', async () => {
    const result = await run(await answering('SSH-2.0-OpenSSH_9.6\r\n'))
    expect(result.errors.badResponse).toBeGreaterThan(0)
    expect(result.requests.good).toBe(0)
    expect(isComplete(result)).toBe(true)
  })

  test('a second answer to one request', async () => {
    const result = await run(await answering(OK + OK))
    expect(result.errors.badResponse).toBeGreaterThan(0)
  })

  test('a switch of protocols that nobody asked for (RFC 9110, 15.2.2)', async () => {
    const result = await run(
      await answering('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    )
    expect(result.errors.badResponse).toBeGreaterThan(0)
  })

  test('silence', async () => {
    const result = await run(await serveRaw(() => {}), { timeoutMs: 40 })
    expect(result.errors.timeout).toBeGreaterThan(0)
    expect(result.latency.minUs).toBeGreaterThanOrEqual(40_000)
    expect(isComplete(result)).toBe(true)
  })

  test('a response that drips', async () => {
    const url = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n')
      const drip = setInterval(() => socket.write('.'), 5)
      socket.on('close', () => clearInterval(drip))
    })
    // It begins before the request is there, which some connections see as an answer that nobody asked for.
    const { errors, requests } = await run(url, { timeoutMs: 40 })
    expect(errors.timeout + errors.badResponse).toBeGreaterThan(0)
    expect(requests.good).toBe(0)
  })

  test('a head without end', async () => {
    const result = await run(await answering(`HTTP/1.1 200 OK\r\nA: ${'a'.repeat(70_000)}`))
    expect(result.errors.badResponse).toBeGreaterThan(0)
  })

  test('a server that stops listening in the middle of a run', async () => {
    let answers = 0
    const url = await answering(OK, (socket) => {
      if (++answers > 10) socket.destroy()
    })
    const result = await run(url, { rate: 200 })
    expect(result.requests.good).toBeGreaterThan(0)
    expect(result.requests.intended).toBe(20)
    expect(isComplete(result)).toBe(true)
  })

  test('statuses that mean failure, unless they are expected', async () => {
    const url = await answering('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n')
    const failed = await run(url)
    expect(failed.errors.status).toBe(failed.requests.intended)
    expect(failed.statuses).toEqual({ 503: failed.requests.intended })
    expect(failed.errorShare).toBe(1)
    expect((await run(url, { expectStatus: [503] })).errorShare).toBe(0)
  })

  test('one wrong answer among right ones that look alike', async () => {
    let answers = 0
    const url = await serveRaw((socket) => {
      socket.on('data', () => socket.write(answers++ === 5 ? OK.replace('200 OK', '500 OK') : OK))
    })
    const { statuses, errors } = await run(url, { connections: 1, rate: 100 })
    expect(statuses).toEqual({ 200: 9, 500: 1 })
    expect(errors.status).toBe(1)
  })

  test('another body than expected: other, shorter, longer', async () => {
    const url = await answering(OK)
    expect((await run(url, { expectBody: 'ok' })).errors.body).toBe(0)
    for (const expectBody of ['no', 'o', 'okay']) {
      const { errors, requests } = await run(url, { expectBody })
      expect(errors.body).toBe(requests.intended)
    }
  })

  test('a rate that the connections cannot carry, beyond the bound of the backlog', async () => {
    const result = await run(await serveRaw(() => {}), { rate: 1_000, maxBacklog: 10, timeoutMs: 100 })
    expect(result.generator.maxBacklog).toBe(10)
    expect(result.errors.unsent).toBeGreaterThan(50)
    expect(isComplete(result)).toBe(true)
  })
})

test('a target that cannot be reached is an error of its own', async () => {
  const url = await serveRaw(() => {})
  await expect(runLoad({ url: url.replace(/:\d+/, ':1') })).rejects.toMatchObject({ code: 'TARGET_DOWN' })
})
