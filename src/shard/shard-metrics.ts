import { type MetricsSource, metricFamilies } from '../engine/server/metrics.ts'
import { type Family, renderFamilies } from '../metrics/open-metrics.ts'

/** One shard, whichever threads have served in its place. */
export interface ShardSource {
  readonly shard: number
  readonly state: string
  readonly restarts: number
  readonly blockedMs: number
  /** Of all its threads, those that have ended included: counters must not go back when one ends. */
  readonly stats: MetricsSource
}

type Read = (source: ShardSource) => number
type Render = (sources: readonly ShardSource[]) => Family

const perShard =
  (type: 'counter' | 'gauge', name: string, help: string, read: Read, unit?: 'seconds'): Render =>
  (sources) => ({
    ...{ type, name, help },
    samples: sources.map((source) => ({ labels: { shard: String(source.shard) }, value: read(source) })),
    ...(unit === undefined ? {} : { unit }),
  })

const MS = 1_000

/** Names of their own: a sum over all series of an engine's metric must not count a shard twice. */
// biome-ignore format: a table is read by its columns
const SHARD_FAMILIES: readonly Render[] = [
  perShard('gauge', 'nova_http_shard_serving', '1 while the shard serves, 0 while it starts again or drains.', ({ state }) => (state === 'serving' ? 1 : 0)),
  perShard('counter', 'nova_http_shard_restarts', 'Restarts of the shard after crashes.', ({ restarts }) => restarts),
  perShard('gauge', 'nova_http_shard_blocked_seconds', 'For how long its event loop has stood still; 0 while that is not too long.', ({ blockedMs }) => blockedMs / MS, 'seconds'),
  perShard('gauge', 'nova_http_shard_event_loop_lateness_seconds', 'How late its event loop runs now, smoothed.', ({ stats }) => stats.eventLoopDelayMs / MS, 'seconds'),
  perShard('counter', 'nova_http_shard_requests', 'Requests begun in the shard.', ({ stats }) => stats.requests),
  perShard('gauge', 'nova_http_shard_requests_in_flight', 'Requests of the shard that are not over.', ({ stats }) => stats.exchanges.live),
  perShard('gauge', 'nova_http_shard_connections_open', 'Open connections of the shard.', ({ stats }) => stats.connections.open),
]

/** OpenMetrics text: what all have counted together, and a little of each. */
export const renderShardMetrics = (sources: readonly ShardSource[]): string =>
  renderFamilies([
    ...metricFamilies(sources.map(({ stats }) => stats)),
    ...SHARD_FAMILIES.map((family) => family(sources)),
  ])
