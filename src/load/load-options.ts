import type { ArrivalKind, Part } from './arrivals/arrivals.ts'
import type { RequestSpec } from './request/request-spec.ts'
import type { Row } from './request/template.ts'
import type { TimelinePoint } from './timeline.ts'

const DAY_MS = 86_400_000

interface NumberRow {
  readonly unit: string
  readonly default: number
  readonly min: number
  readonly max: number
  readonly isInteger: boolean
}

const whole = (unit: string, value: number, min: number, max: number): NumberRow => ({
  unit,
  default: value,
  min,
  max,
  isInteger: true,
})

/** Every number that a load test takes: unit, default and range. The command line and the checks read it. */
export const LOAD_NUMBERS = {
  connections: whole('connections', 64, 1, 100_000),
  pipeline: whole('requests in flight per connection', 1, 1, 1_024),
  requestsPerConnection: whole('requests (0: no limit)', 0, 0, 1_000_000_000),
  durationMs: whole('ms', 10_000, 1, DAY_MS),
  warmUpMs: whole('ms', 1_000, 0, DAY_MS),
  rampMs: whole('ms', 0, 0, DAY_MS),
  timeoutMs: whole('ms', 10_000, 1, DAY_MS),
  maxBacklog: whole('requests', 100_000, 0, 10_000_000),
  workers: whole('threads', 1, 1, 256),
  seed: whole('(any integer)', 1, 0, 2 ** 31 - 1),
} as const satisfies Record<string, NumberRow>

/** Requests per second of an open loop; it has no default. */
export const RATE_RANGE = { min: 0.01, max: 10_000_000 } as const

export type LoadNumber = keyof typeof LOAD_NUMBERS

/** How far a run is. */
export interface LoadProgress {
  readonly phase: 'warmUp' | 'measure' | 'drain'
  /** Ms of the measured window that are over, of all. */
  readonly elapsedMs: number
  readonly durationMs: number
  /** The interval that has just ended, null in other phases. */
  readonly point: TimelinePoint | null
}

/** What to send, where, how fast and for how long. Numbers have the defaults and ranges of LOAD_NUMBERS. */
export interface LoadOptions extends Partial<Record<LoadNumber, number>> {
  /** http: or https:. Its path is the target of requests that name none. */
  readonly url: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Several kinds of requests, drawn by weight. */
  readonly requests?: readonly RequestSpec[]
  /** Replace {{counter}}, {{random MIN MAX}}, {{uuid}} and {{row.COLUMN}} in targets, headers and bodies. Default false. */
  readonly template?: boolean
  /** What {{row.COLUMN}} stands for; taken in turn. */
  readonly rows?: readonly Row[]
  /** Requests per second: makes it an open loop. Without, each connection sends when it has a response. */
  readonly rate?: number
  /** Default 'constant'. */
  readonly arrivals?: ArrivalKind
  /** Statuses that are right. Default: all below 400. */
  readonly expectStatus?: readonly number[]
  /** The body, in UTF-8, that is right. Default: any. */
  readonly expectBody?: string
  /** For example 'p99<50ms,errors<0.1%'; gives the result a verdict. */
  readonly slo?: string
  /** Do not check the certificate of an https: target. Default false. */
  readonly insecure?: boolean
  /** Ms since the epoch at which to begin, so that several machines begin together. Default: now. */
  readonly startAt?: number
  /** This machine's part of a test that several drive together: its share of rate and connections. */
  readonly part?: Part
  /** Says what of the latency is the server's, from this URL of its metrics: an engine of ours (`nova serve --metrics`). */
  readonly serverMetrics?: string
  /** Also watches CPU and memory of this process of the same machine (Linux). */
  readonly pid?: number
  /** Ends the run early; what was measured is returned. */
  readonly signal?: AbortSignal
  /** Called about once a second, and when a phase begins. */
  readonly onProgress?: (progress: LoadProgress) => void
}
