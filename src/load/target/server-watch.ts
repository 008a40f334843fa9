import { type ProcessFigures, ProcessWatch } from './process-watch.ts'
import { scrape } from './scrape.ts'
import { hasRestarted, metricsBetween, type Reading, type ServerMetrics } from './server-metrics.ts'
import { type ClientTail, type TailShare, tailOf } from './tail.ts'

/** What the server says of itself, and its system of its process. */
export interface ServerFigures {
  /** Of `pid`; null when it was not asked for, or is gone. */
  readonly process: ProcessFigures | null
  /** From `serverMetrics`; null when they were not asked for, or could not be had. */
  readonly metrics: ServerMetrics | null
  /** What the client's p99 is made of, the longest part first; empty when nothing is known of it. */
  readonly tail: readonly TailShare[]
  /** Sentences: what could not be had, and what limits the figures above. */
  readonly notes: readonly string[]
}

/** What to watch. */
export interface WatchedServer {
  readonly pid: number | null
  readonly serverMetrics: string | null
}

/** The generator's side, to hold the server's against. */
export interface ClientFigures extends ClientTail {
  /** Requests of the measured window, of all generators together. */
  readonly requests: number
  /** Length of the measured window. */
  readonly measuredMs: number
}

/** The server is asked this long before the window, so that asking is not in it. */
const LEAD_MS = 20
/** By how much the two sides may differ, besides what their windows do. */
const TOLERATED_SHARE = 0.1
const TOLERATED_REQUESTS = 10

/** Watches the server during one measured window: its counters before and after, its process at both ends. */
export class ServerWatch {
  readonly #url: string | null
  readonly #process: ProcessWatch | null
  #before: Promise<Reading | string> | null = null
  #used: ProcessFigures | null = null
  #isRead = false
  readonly #timers: NodeJS.Timeout[] = []

  /** Throws OPTION_INVALID when the process cannot be watched. */
  constructor({ pid, serverMetrics }: WatchedServer) {
    this.#url = serverMetrics
    this.#process = pid === null ? null : new ProcessWatch(pid)
  }

  /** Reads the counters once: from then on a server measures its requests, and asking again is quick. */
  async prepare(): Promise<void> {
    this.#process?.start()
    if (this.#url !== null) this.#before = Promise.resolve(await scrape(this.#url))
  }

  /** The window begins in `fromInMs` and ends in `untilInMs`. */
  schedule(fromInMs: number, untilInMs: number): void {
    const url = this.#url
    if (url !== null && fromInMs > LEAD_MS)
      this.#at(fromInMs - LEAD_MS, () => {
        this.#before = scrape(url)
      })
    this.#at(fromInMs, () => this.#process?.start())
    this.#at(untilInMs, () => {
      this.#readProcess()
    })
  }

  /** The test is over: reads the counters again, and says what has changed. */
  async conclude(client: ClientFigures): Promise<ServerFigures> {
    this.cancel()
    if (!this.#isRead) this.#readProcess()
    const notes: string[] = []
    if (this.#process !== null && this.#used === null) notes.push('The process has ended.')
    const metrics = await this.#metrics(notes)
    if (metrics !== null) notes.push(...limitsOf(metrics, client))
    return {
      process: this.#used,
      metrics,
      tail: metrics === null ? [] : tailOf(metrics, client),
      notes,
    }
  }

  /** Nothing more is to be watched. */
  cancel(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }

  async #metrics(notes: string[]): Promise<ServerMetrics | null> {
    if (this.#url === null) return null
    const [before, after] = [await this.#before, await scrape(this.#url)]
    if (before === null || typeof before === 'string' || typeof after === 'string') {
      notes.push(...new Set([before, after].filter((reading) => typeof reading === 'string')))
      return null
    }
    if (!hasRestarted(before, after)) return metricsBetween(before, after)
    notes.push(
      'Its counters went back during the test: it was restarted, or several servers answer in turn where the metrics are read.',
    )
    return null
  }

  #readProcess(): void {
    this.#isRead = true
    this.#used = this.#process?.stop() ?? null
  }

  #at(ms: number, callback: () => void): void {
    this.#timers.push(setTimeout(callback, ms))
  }
}

/** Why the counters may be those of another load than the client's. */
const limitsOf = ({ requests, request, betweenMs }: ServerMetrics, client: ClientFigures): string[] => {
  const windowsDiffer = Math.abs(betweenMs / Math.max(1, client.measuredMs) - 1)
  const tolerated = (TOLERATED_SHARE + windowsDiffer) * client.requests + TOLERATED_REQUESTS
  const notes: string[] = []
  if (requests < client.requests - tolerated)
    notes.push(
      `Its metrics know of ${requests} of ${client.requests} requests: other threads or servers have answered the rest.`,
    )
  if (requests > client.requests + tolerated)
    notes.push(
      `Its metrics count ${requests} requests, and this test sent ${client.requests}: it has other clients.`,
    )
  if (requests > 0 && request.count === 0)
    notes.push("It does not measure how long requests take; the engine's option metrics: 'on' lets it.")
  return notes
}
