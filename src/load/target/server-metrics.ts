import { type BucketedDurations, bucketedDurations } from './bucketed-durations.ts'
import { parseExposition, type Samples } from './exposition.ts'

/** What a server that is this engine has counted between two readings of its metrics. */
export interface ServerMetrics {
  /** Between the readings: the measured window, and what was still in flight behind it. */
  readonly betweenMs: number
  readonly requests: number
  /** Requests whose client left, or was cut off. */
  readonly aborted: number
  readonly handlerErrors: number
  /** Clocks that ran out, by kind; kinds that did not occur are left out. */
  readonly timeouts: Readonly<Record<string, number>>
  /** What the engine refused, by code; codes that did not occur are left out. */
  readonly refusals: Readonly<Record<string, number>>
  /** From the end of a request's head until the kernel had taken the whole answer. */
  readonly request: BucketedDurations
  /** From calling the handler to the end of its answer. */
  readonly handler: BucketedDurations
  /** From a write that the kernel did not take whole until it had. */
  readonly writeStall: BucketedDurations
  /** How late the timers of the event loop fired, sampled every 25 ms. */
  readonly eventLoopDelay: BucketedDurations
}

/** One reading of a server's counters. */
export interface Reading {
  readonly atMs: number
  readonly families: ReadonlyMap<string, Samples>
}

const PREFIX = 'nova_http_'
const NONE: Samples = new Map()
/** What never goes down while a server lives. */
const GROWING = /_(?:total|count|bucket)$/

/** Null: these are not the metrics of this engine. */
export const readMetrics = (text: string, atMs: number): Reading | null => {
  const families = parseExposition(text)
  return families.has(`${PREFIX}requests_total`) ? { atMs, families } : null
}

const differences = (before: Reading, after: Reading, name: string): Map<string, number> => {
  const old = before.families.get(PREFIX + name) ?? NONE
  return new Map(
    [...(after.families.get(PREFIX + name) ?? NONE)].map(([key, value]) => [
      key,
      value - (old.get(key) ?? 0),
    ]),
  )
}

const single = (before: Reading, after: Reading, name: string): number =>
  differences(before, after, name).get('') ?? 0

const counts = (before: Reading, after: Reading, name: string): Record<string, number> =>
  Object.fromEntries([...differences(before, after, name)].filter(([, value]) => value > 0))

const durations = (before: Reading, after: Reading, name: string): BucketedDurations => {
  const buckets = [...differences(before, after, `${name}_bucket`)]
    .map(([le, count]): [number, number] => [le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), count])
    .sort(([a], [b]) => a - b)
  return bucketedDurations(buckets, single(before, after, `${name}_sum`))
}

/** Whether a counter went back, or is gone: another process answers now. */
export const hasRestarted = (before: Reading, after: Reading): boolean =>
  [...before.families].some(
    ([name, samples]) =>
      GROWING.test(name) &&
      [...samples].some(([key, value]) => (after.families.get(name)?.get(key) ?? 0) < value),
  )

export const metricsBetween = (before: Reading, after: Reading): ServerMetrics => ({
  betweenMs: after.atMs - before.atMs,
  requests: single(before, after, 'requests_total'),
  aborted: single(before, after, 'requests_aborted_total'),
  handlerErrors: single(before, after, 'handler_errors_total'),
  timeouts: counts(before, after, 'timeouts_total'),
  refusals: counts(before, after, 'refusals_total'),
  request: durations(before, after, 'request_duration_seconds'),
  handler: durations(before, after, 'handler_duration_seconds'),
  writeStall: durations(before, after, 'write_stall_duration_seconds'),
  eventLoopDelay: durations(before, after, 'event_loop_delay_seconds'),
})
