import { type Family, renderFamilies } from '../../metrics/open-metrics.ts'
import { BUCKETS, type HistogramStats } from '../stats/histogram.ts'
import { type EngineStats, snapshot } from './engine-stats.ts'
import type { Reactor } from './reactor.ts'

/** What is rendered: the statistics of an engine, or of a shard. */
export type MetricsSource = Omit<EngineStats, 'parser'>

const MS = 1_000

/** What the sources have counted together. */
export const metricFamilies = (sources: readonly MetricsSource[]): Family[] =>
  FAMILIES.map((family) => family(sources))

/**
 * Renders the statistics of one engine, or of several together: counts are added up, the event loop's lateness is the
 * largest. Durations are in it as far as they are measured: see the option `metrics`.
 */
export const renderMetrics = (stats: MetricsSource | readonly MetricsSource[]): string =>
  renderFamilies(metricFamilies('requests' in stats ? [stats] : stats))

/** The metrics of one reactor, which from now on measures its requests. */
export const scrape = (reactor: Reactor): string => {
  reactor.observation.isMeasuring = true
  return renderMetrics(snapshot(reactor))
}

type Render = (sources: readonly MetricsSource[]) => Family
type Count = (stats: MetricsSource) => number
type Counts = (stats: MetricsSource) => Readonly<Record<string, number>>

const sum = (sources: readonly MetricsSource[], count: Count): number =>
  sources.reduce((total, stats) => total + count(stats), 0)

const counter =
  (name: string, help: string, count: Count, unit?: 'bytes'): Render =>
  (sources) => ({
    type: 'counter',
    ...{ name, help, samples: [{ value: sum(sources, count) }] },
    ...(unit === undefined ? {} : { unit }),
  })

const gauge =
  (name: string, help: string, count: Count): Render =>
  (sources) => ({ type: 'gauge', name, help, samples: [{ value: sum(sources, count) }] })

/** One sample for each name that occurs. */
const counters =
  (name: string, label: string, help: string, counts: Counts): Render =>
  (sources) => {
    const values = new Set(sources.flatMap((stats) => Object.keys(counts(stats))))
    return {
      type: 'counter',
      ...{ name, help },
      samples: [...values].map((value) => ({
        labels: { [label]: value },
        value: sum(sources, (stats) => counts(stats)[value] ?? 0),
      })),
    }
  }

const histogram =
  (name: string, help: string, of: (stats: MetricsSource) => HistogramStats): Render =>
  (sources) => ({
    type: 'histogram',
    unit: 'seconds',
    ...{ name, help },
    buckets: BUCKETS.map((bucket) => [bucket, sum(sources, (stats) => of(stats).buckets[bucket] ?? 0)]),
    sum: sum(sources, (stats) => of(stats).sumMs) / MS,
  })

const loopLateness: Render = (sources) => ({
  type: 'gauge',
  unit: 'seconds',
  name: 'nova_http_event_loop_lateness_seconds',
  help: 'How late the event loop runs now, smoothed; of several, the largest.',
  samples: [{ value: Math.max(0, ...sources.map((stats) => stats.eventLoopDelayMs)) / MS }],
})

const WHEN_MEASURED = ' Counted from the first call of metrics() on, or from the start with metrics: on.'

// biome-ignore format: a table is read by its columns
const FAMILIES: readonly Render[] = [
  gauge('nova_http_connections_open', 'Open connections.', (stats) => stats.connections.open),
  gauge('nova_http_connections_idle', 'Open connections between two requests.', (stats) => stats.connections.idle),
  gauge('nova_http_connections_arriving', 'Open connections before the end of the PROXY header or the TLS handshake.', (stats) => stats.connections.arriving),
  counter('nova_http_connections_accepted', 'Connections accepted.', (stats) => stats.connections.accepted),
  counters('nova_http_connections_closed', 'reason', 'Connections closed, by reason.', (stats) => stats.connections.closed),
  counter('nova_http_tls_handshakes', 'TLS handshakes completed.', (stats) => stats.handshakes),
  counter('nova_http_requests', 'Requests begun.', (stats) => stats.requests),
  gauge('nova_http_requests_in_flight', 'Requests that are not over.', (stats) => stats.exchanges.live),
  counter('nova_http_requests_aborted', 'Requests whose client left, or was cut off, before the answer was complete.', (stats) => stats.aborted),
  counters('nova_http_responses', 'class', 'Responses completed, by class of status; refusals included.', (stats) => stats.responses),
  counters('nova_http_refusals', 'code', 'Requests and connections that the engine refused, by code.', (stats) => stats.refused),
  counters('nova_http_timeouts', 'kind', 'Clocks of connections that ran out, by kind.', (stats) => stats.timeouts),
  counter('nova_http_handler_errors', 'Handlers that threw or rejected.', (stats) => stats.handlerErrors),
  counter('nova_http_read_bytes', 'Bytes received.', (stats) => stats.bytes.read, 'bytes'),
  counter('nova_http_written_bytes', 'Bytes sent.', (stats) => stats.bytes.written, 'bytes'),
  histogram('nova_http_request_duration_seconds', `From the end of a request head until the kernel had taken the whole answer.${WHEN_MEASURED}`, (stats) => stats.durations.request),
  histogram('nova_http_handler_duration_seconds', `From calling the handler to the end of its answer.${WHEN_MEASURED}`, (stats) => stats.durations.handler),
  histogram('nova_http_write_stall_duration_seconds', 'From a write that the kernel did not take whole until it had taken all that waited.', (stats) => stats.durations.writeStall),
  histogram('nova_http_event_loop_delay_seconds', 'How late timers of the event loop fired, sampled every 25 ms while there are connections.', (stats) => stats.durations.eventLoopDelay),
  loopLateness,
]
