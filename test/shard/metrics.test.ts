import { describe, expect, test } from 'vitest'
import { renderShardMetrics } from '../../src/shard/shard-metrics.ts'
import type { Shards } from '../../src/shard.ts'
import { sendRaw } from '../clients/raw.ts'
import { parseExposition, seriesValue } from '../observability/exposition.ts'
import { get } from '../support/answers.ts'
import { MemoryServer } from '../support/memory-server.ts'
import { startApp } from './serving.ts'

const SHARD = 'nova_http_shard_'

const askRaw = (shards: Shards): Promise<string> =>
  sendRaw(shards.address.port, get('/') + get('/', 'Connection: close\r\n'))

/** Figures are at most 100 ms old. */
const untilCounted = (shards: Shards, requests: number) =>
  expect.poll(() => shards.stats().total.requests, { timeout: 5_000 }).toBe(requests)

describe('metrics() of shards', () => {
  test('agree with stats() and with what went over the wire, the whole and each', async () => {
    const shards = await startApp('handler.mjs')
    const connections = 8
    const answers = await Promise.all(Array.from({ length: connections }, () => askRaw(shards)))
    await untilCounted(shards, 2 * connections)
    await expect.poll(() => shards.stats().total.connections.open).toBe(0)
    const families = parseExposition(shards.metrics())
    const { total, shards: each } = shards.stats()
    expect(seriesValue(families, 'nova_http_requests_total')).toBe(2 * connections)
    expect(seriesValue(families, 'nova_http_connections_accepted_total')).toBe(connections)
    expect(seriesValue(families, 'nova_http_written_bytes_total')).toBe(answers.join('').length)
    expect(seriesValue(families, 'nova_http_responses_total', { class: '2xx' })).toBe(total.responses['2xx'])
    for (const { shard, stats } of each) {
      const label = { shard: String(shard) }
      expect(seriesValue(families, `${SHARD}requests_total`, label)).toBe(stats.requests)
      expect(seriesValue(families, `${SHARD}serving`, label)).toBe(1)
    }
    // A sum over the series of a name is the whole.
    expect(families.get('nova_http_requests')?.samples).toHaveLength(1)
  })

  test('count the durations of a listener, which knows no options of ours, once asked', async () => {
    const shards = await startApp('listener.mjs', { shards: 1 })
    const durations = (): number =>
      seriesValue(parseExposition(shards.metrics()), 'nova_http_request_duration_seconds_count')
    expect(durations()).toBe(0)
    await expect
      .poll(async () => (await askRaw(shards)) && durations(), { timeout: 5_000 })
      .toBeGreaterThan(0)
  })

  test('go on counting durations, and counting up, over a reload', async () => {
    const shards = await startApp('handler.mjs', { shards: 1 })
    shards.metrics()
    await askRaw(shards)
    await untilCounted(shards, 2)
    await shards.reload({ idleGraceMs: 0 })
    const before = shards.stats().total.durations.request.count
    await askRaw(shards)
    await untilCounted(shards, 4)
    const families = parseExposition(shards.metrics())
    expect(seriesValue(families, 'nova_http_request_duration_seconds_count')).toBe(before + 2)
    expect(seriesValue(families, `${SHARD}requests_total`, { shard: '0' })).toBe(4)
  })
})

test('the state of a shard is in its metrics', () => {
  const { stats } = new MemoryServer(() => {})
  const text = renderShardMetrics([
    { shard: 0, state: 'serving', restarts: 0, blockedMs: 2_500, stats: { ...stats, eventLoopDelayMs: 40 } },
    { shard: 1, state: 'restarting', restarts: 3, blockedMs: 0, stats },
  ])
  const families = parseExposition(text)
  const of = (name: string): number[] =>
    [0, 1].map((shard) => seriesValue(families, SHARD + name, { shard: String(shard) }))
  expect(of('serving')).toEqual([1, 0])
  expect(of('restarts_total')).toEqual([0, 3])
  expect(of('blocked_seconds')).toEqual([2.5, 0])
  expect(of('event_loop_lateness_seconds')).toEqual([0.04, 0])
})
