import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { LoadOptions } from '../../src/load/load-options.ts'
import { mergeResults } from '../../src/load/merge-results.ts'
import type { LoadResult } from '../../src/load/result.ts'
import { runLoad } from '../../src/load/run-load.ts'
import { bucketedDurations, p99AmongUs, p99WaitUs } from '../../src/load/target/bucketed-durations.ts'
import {
  hasRestarted,
  metricsBetween,
  type Reading,
  readMetrics,
} from '../../src/load/target/server-metrics.ts'
import { tailOf } from '../../src/load/target/tail.ts'
import { loadText } from '../../src/report/load-text.ts'
import { serve } from '../clients/serve.ts'
import { serveRaw } from './raw-servers.ts'

const run = (url: string, options: Partial<LoadOptions> = {}): Promise<LoadResult> =>
  runLoad({ url, connections: 8, rate: 400, durationMs: 150, warmUpMs: 40, ...options })

/** Metrics whose count of requests changes by `step` each time it is read. */
const countingServer = (from: number, step: number): Promise<string> => {
  let count = from
  return metricsServer(() => {
    count += step
    return `nova_http_requests_total ${count}\n`
  })
}

/** Answers every request with this text, or what it gives when asked. */
const metricsServer = (text: string | (() => string), status = '200 OK'): Promise<string> =>
  serveRaw((socket) =>
    socket.on('data', () => {
      const body = typeof text === 'string' ? text : text()
      socket.write(`HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    }),
  )

const target = async (): Promise<string> => (await serve((_, response) => response.end('ok'))).origin

describe('what a server says of itself', () => {
  test('is in the result: how long handlers took, and what was refused', async () => {
    const { origin, engine } = await serve(
      async (_, response) => {
        await sleep(30)
        response.end('ok')
      },
      { maxRequestsInFlight: 4 },
    )
    const serverMetrics = await metricsServer(() => engine.metrics())
    const result = await run(origin, { serverMetrics, pid: process.pid })
    const { metrics, tail, notes, process: used } = result.server ?? {}
    expect(notes).toEqual([])
    expect(tail).not.toEqual([])
    expect(metrics?.handler.p99Us).toBeGreaterThan(25_000)
    // The window of the metrics begins a little earlier.
    expect(metrics?.refusals['TOO_MANY_REQUESTS_IN_FLIGHT']).toBeGreaterThanOrEqual(
      result.statuses['503'] ?? 1,
    )
    expect(metrics?.requests).toBeGreaterThanOrEqual(result.requests.intended)
    expect(used?.rssBytes).toBeGreaterThan(10_000_000)
    expect(loadText(result)).toMatch(/refusals: TOO_MANY_REQUESTS_IN_FLIGHT \d+/)
  })

  test.each<[string, () => Promise<string>, RegExp]>([
    ['nobody listens', async () => 'http://127.0.0.1:2/metrics', /cannot be read: ECONNREFUSED/],
    ['there is nothing', () => metricsServer('no', '404 Not Found'), /cannot be read: status 404/],
    [
      'they are not ours',
      () => metricsServer('# TYPE up gauge\nup 1\n'),
      /not with the metrics of nova-http/,
    ],
    ['they are no metrics', () => metricsServer('<html>'), /not with the metrics of nova-http/],
    [
      'it is not HTTP',
      () => serveRaw((socket) => socket.on('data', () => socket.end('SSH-2.0\r\n'))),
      /cannot be read/,
    ],
    [
      'it hangs up',
      () => serveRaw((socket) => socket.on('data', () => socket.resetAndDestroy())),
      /cannot be read/,
    ],
    [
      'it has no end',
      () => metricsServer(`# ${'x'.repeat(5_000_000)}`),
      /cannot be read: it answers without end/,
    ],
  ])('is missing in a sentence when %s', async (_, url, sentence) => {
    const { server, requests } = await run(await target(), { serverMetrics: await url() })
    expect(requests.good).toBe(60)
    expect(server).toMatchObject({ metrics: null, process: null, tail: [] })
    expect(server?.notes).toEqual([expect.stringMatching(sentence)])
  })

  test('is not taken for one when a counter goes back: a restart', async () => {
    const url = await countingServer(1_000, -10)
    const { server } = await run(await target(), { serverMetrics: url })
    expect(server?.metrics).toBeNull()
    expect(server?.notes).toEqual([expect.stringContaining('went back')])
  })

  test('of one shard among several is told from the whole', async () => {
    const part = await run(await target(), {
      serverMetrics: await countingServer(0, 30),
      rate: 1_000,
      durationMs: 400,
    })
    expect(part.server?.notes[0]).toMatch(/know of 30 of 400 requests/)
    const more = await run(await target(), { serverMetrics: await countingServer(0, 900) })
    expect(more.server?.notes[0]).toMatch(/other clients/)
  })

  test('is read without a warm-up, and after an abort', async () => {
    const { origin, engine } = await serve((_, response) => response.end('ok'))
    const serverMetrics = await metricsServer(() => engine.metrics())
    const cold = await run(origin, { serverMetrics, warmUpMs: 0 })
    expect(cold.server?.metrics?.requests).toBe(60)
    const aborted = await run(origin, { serverMetrics, warmUpMs: 60_000, signal: AbortSignal.timeout(50) })
    expect(aborted.server?.metrics).not.toBeNull()
  })

  test('survives merging, also with a file of an earlier version', async () => {
    const url = await target()
    const result = await run(url, { pid: process.pid, part: { index: 0, count: 2 } })
    const { server: _, ...earlier } = await run(url, { part: { index: 1, count: 2 } })
    const [mine, other] = [result, { ...earlier, startedAt: result.startedAt } as LoadResult]
    expect(mergeResults([other, mine]).server).toEqual(result.server)
  })

  test('needs a process and a URL that can be', async () => {
    const url = 'http://127.0.0.1:1/'
    for (const options of [
      { pid: 2 ** 30 },
      { pid: -1 },
      { serverMetrics: 'metrics' },
      { serverMetrics: 'ftp://a/' },
    ])
      await expect(run(url, options)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })
})

const reading = (text: string): Reading => readMetrics(text, 0) as Reading

describe('metrics as text', () => {
  test('of several shards add up, and buckets are told by their bounds however written', () => {
    const before = reading('nova_http_requests_total 5')
    const after = reading(
      [
        '# HELP nova_http_requests Requests.',
        'nova_http_requests_total{shard="0"} 10 1700000000',
        'nova_http_requests_total{shard="1"} 20',
        'nova_http_timeouts_total{shard="0",kind="idle"} 1',
        'nova_http_timeouts_total{shard="1",kind="idle"} 2',
        'nova_http_timeouts_total{kind="head"} 0',
        'nova_http_handler_duration_seconds_bucket{shard="0",le="1.0"} 3',
        'nova_http_handler_duration_seconds_bucket{shard="1",le="1"} 4',
        'nova_http_handler_duration_seconds_bucket{shard="1",le="+Inf"} 9',
        'nova_http_handler_duration_seconds_sum 18',
        'nova_http_handler_errors_total NaN',
        'garbage {{{ "',
      ].join('\n'),
    )
    const metrics = metricsBetween(before, after)
    expect(metrics).toMatchObject({ requests: 25, timeouts: { idle: 3 }, handlerErrors: 0 })
    expect(metrics.handler.buckets).toEqual([
      [1_000_000, 7],
      [null, 2],
    ])
    expect(metrics.handler.meanUs).toBe(2_000_000)
  })

  test('show a restart when a counter went back or is gone, and none when a gauge fell', () => {
    const before = reading(
      'nova_http_requests_total 5\nnova_http_connections_open 9\nnova_http_timeouts_total{kind="idle"} 1',
    )
    expect(
      hasRestarted(before, reading('nova_http_requests_total 6\nnova_http_timeouts_total{kind="idle"} 1')),
    ).toBe(false)
    expect(hasRestarted(before, reading('nova_http_requests_total 6'))).toBe(true)
    expect(hasRestarted(before, reading('nova_http_requests_total 4'))).toBe(true)
  })
})

const NONE = bucketedDurations([], 0)

describe('the tail', () => {
  test('a stop of 1 s in 10 s is one sample of many, and 0.9 s at p99 of what arrives', () => {
    const delays = bucketedDurations(
      [
        [0.0001, 360],
        [0.5, 360],
        [1, 361],
      ],
      1,
    )
    expect(delays.p99Us).toBeLessThan(101)
    expect(p99WaitUs(delays, 25_000) / 900_000).toBeCloseTo(1, 1)
    expect(p99WaitUs(NONE, 25_000)).toBe(0)
    // Two shards of which one stood still: a twentieth meets it.
    const both = bucketedDurations(
      [
        [0.0001, 760],
        [0.5, 760],
        [1, 761],
      ],
      1,
    )
    expect(Math.abs(p99WaitUs(both, 25_000) / 800_000 - 1)).toBeLessThan(0.1)
  })

  test('stalls count among all requests', () => {
    const stalls = bucketedDurations(
      [
        [0.05, 0],
        [0.1, 20],
      ],
      1.5,
    )
    expect(p99AmongUs(stalls, 2_001)).toBe(0)
    expect(p99AmongUs(stalls, 1_000)).toBe(75_000)
  })

  test('names what is long, the longest first', () => {
    const at = (ms: number) =>
      bucketedDurations(
        [
          [0.001, 0],
          [ms / 1_000, 1_000],
        ],
        ms,
      )
    const metrics = {
      betweenMs: 1_000,
      requests: 1_000,
      aborted: 0,
      handlerErrors: 0,
      timeouts: {},
      refusals: {},
    }
    const parts = (client: { latencyP99Us: number; serviceP99Us: number }, request = at(10)) =>
      tailOf({ ...metrics, request, handler: at(10), writeStall: NONE, eventLoopDelay: NONE }, client).map(
        ({ part }) => part,
      )
    expect(parts({ latencyP99Us: 12_000, serviceP99Us: 11_000 })).toEqual(['handler'])
    expect(parts({ latencyP99Us: 50_000, serviceP99Us: 14_000 })).toEqual(['connection', 'handler'])
    expect(parts({ latencyP99Us: 50_000, serviceP99Us: 50_000 })).toEqual(['outside', 'handler'])
    expect(parts({ latencyP99Us: 50_000, serviceP99Us: 50_000 }, NONE)).toEqual([])
  })
})
