import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import parsePrometheus from 'parse-prometheus-text-format'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { EngineStats } from '../../src/engine/server/engine-stats.ts'
import { renderMetrics, scrape } from '../../src/engine/server/metrics.ts'
import { CLOSE_REASONS, TIMEOUT_KINDS } from '../../src/engine/stats/counters.ts'
import { BUCKETS, Histogram } from '../../src/engine/stats/histogram.ts'
import { serve as serveFetch } from '../../src/fetch.ts'
import { METRICS_CONTENT_TYPE } from '../../src/metrics/open-metrics.ts'
import { createServer } from '../../src/node/server.ts'
import { sendRaw } from '../clients/raw.ts'
import { serve } from '../clients/serve.ts'
import { get, post } from '../support/answers.ts'
import { Doors } from '../support/deferred.ts'
import { MemoryServer, settle } from '../support/memory-server.ts'
import { parseExposition, seriesValue } from './exposition.ts'

interface Measured {
  port: number
  stats(): EngineStats
  metrics(): string
}

const statusOf = (path: string): number => (path === '/' ? 200 : 404)

/** Each of our servers, answering alike. */
const SERVERS: Readonly<Record<string, () => Promise<Measured>>> = {
  engine: async () => {
    const { engine, port } = await serve((req, res) => {
      res.status = statusOf(req.path)
      res.end('answer')
    })
    return { port, stats: () => engine.stats(), metrics: () => engine.metrics() }
  },
  'drop-in': async () => {
    const server = createServer((req, res) => {
      res.statusCode = statusOf(req.url ?? '')
      res.end('answer')
    })
    onTestFinished(async () => {
      await server.drain({ graceMs: 0 })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    return { port, stats: () => server.stats(), metrics: () => server.metrics() }
  },
  fetch: async () => {
    const server = await serveFetch({
      hostname: '127.0.0.1',
      patchGlobals: false,
      fetch: ({ url }) => new Response('answer', { status: statusOf(new URL(url).pathname) }),
    })
    onTestFinished(async () => {
      await server.close({ graceMs: 0 })
    })
    const { engine, port } = server
    return { port, stats: () => engine.stats(), metrics: () => engine.metrics() }
  },
}

/** Everything that a counter says, by series. */
const figuresOf = ({ connections, responses, bytes, ...stats }: EngineStats): Record<string, number> => ({
  nova_http_connections_accepted_total: connections.accepted,
  nova_http_connections_open: connections.open,
  nova_http_requests_total: stats.requests,
  nova_http_requests_in_flight: stats.exchanges.live,
  nova_http_requests_aborted_total: stats.aborted,
  nova_http_handler_errors_total: stats.handlerErrors,
  nova_http_read_bytes_total: bytes.read,
  nova_http_written_bytes_total: bytes.written,
  ...Object.fromEntries(
    Object.entries(responses).map(([name, count]) => [`nova_http_responses_total class=${name}`, count]),
  ),
  ...Object.fromEntries(
    Object.entries(stats.refused).map(([code, count]) => [`nova_http_refusals_total code=${code}`, count]),
  ),
  ...Object.fromEntries(
    CLOSE_REASONS.map((reason) => [
      `nova_http_connections_closed_total reason=${reason}`,
      connections.closed[reason],
    ]),
  ),
  ...Object.fromEntries(
    TIMEOUT_KINDS.map((kind) => [`nova_http_timeouts_total kind=${kind}`, stats.timeouts[kind]]),
  ),
})

/** What a text says of the same series. */
const figuresIn = (text: string, wanted: Record<string, number>): Record<string, number> => {
  const families = parseExposition(text)
  return Object.fromEntries(
    Object.keys(wanted).map((series) => {
      const [name = '', label] = series.split(' ')
      const labels = label === undefined ? {} : Object.fromEntries([label.split('=')])
      return [series, seriesValue(families, name, labels)]
    }),
  )
}

describe.each(Object.entries(SERVERS))('metrics() of %s', (_name, start) => {
  test('agree with stats(), and with what went over the wire', async () => {
    const server = await start()
    const asked = [
      get('/') + post('/', 'body') + get('/missing', 'Connection: close\r\n'),
      get('/', 'Connection: close\r\n'),
      'nonsense\r\n\r\n',
    ]
    const answers: string[] = []
    for (const bytes of asked) answers.push(await sendRaw(server.port, bytes))
    await expect.poll(() => server.stats().connections.open).toBe(0)
    const figures = figuresOf(server.stats())
    expect(figuresIn(server.metrics(), figures)).toEqual(figures)
    expect(figures).toMatchObject({
      nova_http_connections_accepted_total: 3,
      nova_http_requests_total: 4,
      nova_http_read_bytes_total: asked.join('').length,
      nova_http_written_bytes_total: answers.join('').length,
      'nova_http_responses_total class=2xx': 3,
      'nova_http_responses_total class=4xx': 2,
      'nova_http_refusals_total code=BAD_METHOD': 1,
      'nova_http_connections_closed_total reason=keepAliveEnd': 2,
      'nova_http_connections_closed_total reason=refused': 1,
    })
  })

  test('count durations from the first call on', async () => {
    const server = await start()
    const ask = () => sendRaw(server.port, get('/') + get('/', 'Connection: close\r\n'))
    await ask()
    expect(seriesValue(parseExposition(server.metrics()), 'nova_http_request_duration_seconds_count')).toBe(0)
    await ask()
    await expect.poll(() => server.stats().connections.open).toBe(0)
    const families = parseExposition(server.metrics())
    for (const name of ['request', 'handler']) {
      expect(seriesValue(families, `nova_http_${name}_duration_seconds_count`)).toBe(2)
      const sum = seriesValue(families, `nova_http_${name}_duration_seconds_sum`)
      expect(sum).toBeGreaterThan(0)
      expect(sum).toBeCloseTo(server.stats().durations[name as 'request' | 'handler'].sumMs / 1_000)
    }
  })
})

describe('metrics()', () => {
  test('are read by a parser of the Prometheus format', () => {
    const server = new MemoryServer((_req, res) => res.end('x'), { metrics: 'on' })
    server.connect().receive(get('/') + get('/'))
    const parsed = parsePrometheus(scrape(server.reactor))
    const family = (name: string) => parsed.find((each) => each.name === name)
    expect(family('nova_http_requests_total')?.metrics).toEqual([{ value: '2' }])
    expect(family('nova_http_connections_open')).toMatchObject({ type: 'GAUGE', metrics: [{ value: '1' }] })
    expect(family('nova_http_request_duration_seconds')).toMatchObject({
      type: 'HISTOGRAM',
      metrics: [{ count: '2', buckets: Object.fromEntries(BUCKETS.map((bucket) => [bucket, '2'])) }],
    })
    const names = parsed.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^nova_http_[a-z_]+$/)
  })

  test('have a media type that says their format', () => {
    expect(METRICS_CONTENT_TYPE).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
  })

  test('put durations in the right buckets', async () => {
    const doors = new Doors()
    const server = new MemoryServer(
      async (req, res) => {
        await doors.pass(req.target)
        res.end('x')
      },
      { metrics: 'on' },
    )
    const peer = server.connect()
    for (const [i, ms] of [0.1, 3, 40, 20_000].entries()) {
      peer.receive(get(`/${i}`))
      server.clock.advance(ms)
      doors.open(`/${i}`)
      await settle()
    }
    const { request, handler } = server.stats.durations
    const filled = Object.entries(request.buckets).filter(([, count]) => count > 0)
    expect(filled).toEqual([
      ['0.0001', 1],
      ['0.005', 1],
      ['0.05', 1],
      ['+Inf', 1],
    ])
    expect(request.count).toBe(4)
    expect(request.sumMs).toBeCloseTo(20_043.1)
    expect(handler).toEqual(request)
  })

  test('tell how long what the kernel did not take at once has waited, measured or not', async () => {
    const server = new MemoryServer((_req, res) => res.end('x'))
    const peer = server.connect()
    peer.holdWrites()
    peer.receive(get('/'))
    server.clock.advance(200)
    peer.releaseWrites()
    await settle()
    const { writeStall, request } = server.stats.durations
    expect(writeStall).toMatchObject({ count: 1, sumMs: 200, buckets: { '0.25': 1 } })
    expect(request.count).toBe(0)
  })

  test('leave answers that the client did not get out of its durations', async () => {
    const server = new MemoryServer(() => new Promise(() => {}), { metrics: 'on' })
    const peer = server.connect()
    peer.receive(get('/'))
    peer.close()
    const { request, handler } = server.stats.durations
    expect([request.count, handler.count, server.stats.aborted]).toEqual([0, 0, 1])
  })
})

describe('renderMetrics()', () => {
  test('adds up several engines, but takes the largest delay', () => {
    const servers = [3, 5].map((requests) => {
      const server = new MemoryServer((_req, res) => res.end('x'), { metrics: 'on' })
      server.connect().receive(get('/').repeat(requests))
      return server
    })
    const stats = servers.map((server, i) => ({ ...server.stats, eventLoopDelayMs: 100 - i }))
    const families = parseExposition(renderMetrics(stats))
    expect(seriesValue(families, 'nova_http_requests_total')).toBe(8)
    expect(seriesValue(families, 'nova_http_connections_open')).toBe(2)
    expect(seriesValue(families, 'nova_http_request_duration_seconds_count')).toBe(8)
    expect(seriesValue(families, 'nova_http_event_loop_lateness_seconds')).toBe(0.1)
  })
})

describe('a histogram', () => {
  test('counts a duration at a bound as within it', () => {
    const histogram = new Histogram()
    for (const ms of [0, 0.1, 0.100_001, 10_000, 10_001]) histogram.observe(ms)
    const { buckets } = histogram.stats
    expect([buckets['0.0001'], buckets['0.00025'], buckets['10.0'], buckets['+Inf']]).toEqual([2, 1, 1, 1])
  })
})
