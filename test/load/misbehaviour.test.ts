import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { Random } from '../../src/load/arrivals/random.ts'
import type { LoadOptions } from '../../src/load/load-options.ts'
import type { LoadResult } from '../../src/load/result.ts'
import { runLoad } from '../../src/load/run-load.ts'
import { answering, resetNow, serveRaw } from './raw-servers.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** Open loop: what is due is counted, however seldom a busy machine lets the generator run. */
const run = (url: string, options: Partial<LoadOptions> = {}): Promise<LoadResult> =>
  runLoad({ url, connections: 2, rate: 100, durationMs: 100, warmUpMs: 0, timeoutMs: 2_000, ...options })

/** Every request is accounted for. */
const isComplete = ({ requests, latency }: LoadResult): boolean =>
  requests.intended === requests.good + requests.failed &&
  requests.unfinished === 0 &&
  latency.count <= requests.intended

describe('a server that misbehaves is counted', () => {
  test('a connection that is reset instead of an answer', async () => {
    const result = await run(await serveRaw((socket) => socket.on('data', () => resetNow(socket))))
    expect(result.errors.reset).toBeGreaterThan(0)
    expect(result.requests.good).toBe(0)
    expect(isComplete(result)).toBe(true)
  })

  const closes = (socket: Socket): unknown => socket.end()
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

  test.each<[string, string, (socket: Socket) => unknown]>([
    ['without an answer', '', closes],
    ['in the middle of a head', 'HTTP/1.1 200 OK\r\nContent-Le', closes],
    ['in the middle of a body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', closes],
    ['in the middle of a chunk', `${chunked}5\r\nhe`, closes],
    ['in front of the last chunk', `${chunked}5\r\nhello\r\n`, closes],
    ['by a reset in the middle of a body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', resetNow],
  ])('a connection that ends %s (RFC 9112, 8)', async (_, bytes, then) => {
    const result = await run(await answering(bytes, then))
    expect(result.errors.reset).toBeGreaterThan(0)
    expect(result.errors.badResponse).toBe(0)
    expect(result.requests.good).toBe(0)
    expect(isComplete(result)).toBe(true)
  })

  test.each([
    ['bytes that are not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['zeros', '\0'.repeat(1_000)],
    ['a status that is no number', 'HTTP/1.1 abc OK\r\n\r\n'],
    [
      'lengths that contradict each other (RFC 9112, 6.3)',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!',
    ],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok'],
    ['a chunk size that is none (RFC 9112, 7.1)', `${chunked}zz\r\nok\r\n0\r\n\r\n`],
    ['a head without end', `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(70_000)}`],
    ['fields without end', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(1_001)}`],
  ])('%s', async (_, bytes) => {
    const result = await run(await answering(bytes))
    expect(result.errors.badResponse).toBeGreaterThan(0)
    expect(result.requests.good).toBe(0)
    expect(isComplete(result)).toBe(true)
  })

  test.each([
    ['a second answer to one request', OK + OK],
    ['a body longer than its length', `${OK}more`],
    ['bytes behind the last chunk', `${chunked}0\r\n\r\nmore`],
  ])('%s: the answer is good, what is behind it is not', async (_, bytes) => {
    for (const pipeline of [1, 4]) {
      const result = await run(await answering(bytes), { pipeline })
      expect(result.requests.good).toBeGreaterThan(0)
      expect(result.errors.badResponse).toBeGreaterThan(0)
      expect(isComplete(result)).toBe(true)
    }
  })

  test('answers that nobody asked for, as soon as a connection opens', async () => {
    const result = await run(await serveRaw((socket) => socket.write(OK.repeat(3))))
    expect(result.errors.badResponse).toBeGreaterThan(0)
    expect(isComplete(result)).toBe(true)
  })

  test.each([
    ['a body shorter than its length', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'],
    ['an interim response and nothing after it (RFC 9110, 15.2)', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-Le'],
  ])('%s, on a connection that stays open', async (_, bytes) => {
    const result = await run(await answering(bytes), { timeoutMs: 40 })
    expect(result.errors.timeout).toBeGreaterThan(0)
    expect(result.requests.good).toBe(0)
    expect(isComplete(result)).toBe(true)
  })

  test.each([
    [
      'interim responses',
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
      'HTTP/1.1 103 Early Hints\r\n\r\n',
    ],
    ['a body', chunked, `400\r\n${'x'.repeat(1_024)}\r\n`],
    ['a head, field by field', 'HTTP/1.1 200 OK\r\n', 'A: b\r\n'],
    ['a trailer, field by field', `${chunked}0\r\n`, 'A: b\r\n'],
  ])('%s without end', async (_, first, then) => {
    const url = await serveRaw((socket) => {
      socket.once('data', () => {
        socket.write(first)
        const flood = (): void => {
          while (!socket.destroyed && socket.write(then.repeat(50)));
        }
        socket.on('drain', flood)
        flood()
      })
    })
    const result = await run(url, { timeoutMs: 40 })
    expect(result.errors.timeout + result.errors.badResponse).toBeGreaterThan(0)
    expect(result.requests.good).toBe(0)
    expect(isComplete(result)).toBe(true)
  })

  test('anything: responses with bytes changed, lost and cut, at any split', async () => {
    const random = new Random(11)
    const url = await serveRaw((socket) => {
      socket.setNoDelay(true)
      socket.on('data', () => {
        const bytes = Buffer.from(random.next() < 0.5 ? OK : `${chunked}2\r\nok\r\n0\r\n\r\n`)
        for (let i = random.integer(0, 3); i > 0; i--)
          bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255)
        const [cut, end] = [
          random.integer(0, bytes.length),
          random.integer(bytes.length >> 1, 2 * bytes.length),
        ]
        socket.write(bytes.subarray(0, cut))
        setImmediate(() => {
          socket.write(bytes.subarray(cut, end))
          if (random.next() < 0.1) socket.end()
        })
      })
    })
    const result = await run(url, {
      connections: 8,
      pipeline: 2,
      rate: 2_000,
      durationMs: 300,
      timeoutMs: 100,
    })
    expect(isComplete(result)).toBe(true)
    expect(result.requests.intended).toBe(600)
    for (const kind of ['badResponse', 'timeout'] as const) expect(result.errors[kind]).toBeGreaterThan(0)
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
