import type { ArrivalKind, Part } from './arrivals/arrivals.ts'
import type { Durations } from './durations.ts'
import type { FailureKind } from './failure-kinds.ts'
import type { ServerFigures } from './target/server-watch.ts'
import type { TimelinePoint } from './timeline.ts'

/** Raised when a field changes its meaning or goes; new fields do not raise it. */
export const RESULT_VERSION = 1

/** What was asked for. */
export interface LoadSettings {
  readonly url: string
  /** One line for each kind of request, with its weight. */
  readonly requests: readonly string[]
  readonly connections: number
  readonly pipeline: number
  /** 0: without limit. */
  readonly requestsPerConnection: number
  /** Requests per second; null in a closed loop. */
  readonly rate: number | null
  /** Null in a closed loop. */
  readonly arrivals: ArrivalKind | null
  readonly seed: number
  readonly warmUpMs: number
  readonly durationMs: number
  readonly timeoutMs: number
  readonly workers: number
  readonly slo: string | null
}

/** Requests whose intended time lies in the measured window; in a closed loop that is when they were sent. */
export interface RequestCounts {
  /** Due in the window: answered + failed + unfinished. */
  readonly intended: number
  /** Answered completely and as expected. */
  readonly good: number
  readonly failed: number
  /** Neither answered nor failed when the run was interrupted. */
  readonly unfinished: number
  /** Sent again, because the server had closed the connection between two requests. Counted once above. */
  readonly resent: number
  /** Requests that any response was complete for within the window, whenever they were due. */
  readonly completedInWindow: number
}

/** What the generator says about itself. */
export interface GeneratorFigures {
  /** How long after its intended time a request was noticed to be due; empty in a closed loop. */
  readonly scheduleLag: Durations
  /** How late the generator's own timers came. */
  readonly loopDelay: Durations
  /** CPU time over wall time of its busiest thread, without turns in which it only waited. 1 is a whole core. */
  readonly cpuShare: number
  /** CPU seconds of all its threads in the window, waiting included. */
  readonly cpuSeconds: number
  /**
   * Time over wall time in which its thread that waited most could have run, and other programs had its core. Null where
   * the system does not tell (it does on Linux).
   */
  readonly coreWaitShare: number | null
  /** The most requests that were due and waited for a connection. */
  readonly maxBacklog: number
  /** Sentences; not empty: the figures say more about the generator than about the target. */
  readonly limitedBy: readonly string[]
}

/** Against the objective; null without one, and when the generator was the limit. */
export interface Verdict {
  readonly isMet: boolean
  /** One sentence for each clause that was missed. */
  readonly missed: readonly string[]
}

/** One load test. Plain data: `JSON.stringify` writes it, and several merge into one (merge-results.ts). */
export interface LoadResult {
  readonly format: 'nova-load'
  readonly version: typeof RESULT_VERSION
  readonly mode: 'closed' | 'open'
  /** ISO 8601: when the measured window began. */
  readonly startedAt: string
  readonly settings: LoadSettings
  /** What of the whole test this is, by index: machines and their threads have one part each. */
  readonly parts: readonly Part[]
  /** Length of the measured window; shorter than asked for after an interruption. */
  readonly measuredMs: number
  readonly isInterrupted: boolean
  readonly requests: RequestCounts
  /** Complete responses per second of the window. */
  readonly ratePerSecond: number
  /** Failures per intended request or attempt to connect, 0 to 1. */
  readonly errorShare: number
  readonly errors: Readonly<Record<FailureKind, number>>
  /** Responses by status code. */
  readonly statuses: Readonly<Record<string, number>>
  /** Connections opened in the window. */
  readonly connectionsOpened: number
  readonly bytesSent: number
  readonly bytesReceived: number
  /** From the intended time of a request to its last byte: good responses, and timeouts with the time they waited. */
  readonly latency: Durations
  /** From when it was really sent. */
  readonly serviceTime: Durations
  readonly timeline: readonly TimelinePoint[]
  readonly generator: GeneratorFigures
  readonly verdict: Verdict | null
  /** Null when neither its metrics nor its process were asked for. */
  readonly server: ServerFigures | null
  readonly machine: { readonly node: string; readonly platform: string; readonly cores: number }
}
