import { p99AmongUs, p99WaitUs } from './bucketed-durations.ts'
import type { ServerMetrics } from './server-metrics.ts'

/** Where a request can spend its time. */
export const TAIL_PARTS = ['connection', 'eventLoop', 'handler', 'write', 'outside'] as const
export type TailPart = (typeof TAIL_PARTS)[number]

/** What each part is, for reports and documents. */
export const TAIL_MEANING: Readonly<Record<TailPart, string>> = {
  connection: 'waiting in the generator: for its own loop, or for a connection that is free',
  eventLoop: "waiting for the server's event loop, which was busy or had no core",
  handler: 'in the handler',
  write: 'until the client took the answer',
  outside: 'in none of these: kernel and network, and until the generator read the answer',
}

/** How long the slowest 1 % spent in one part, or longer. Parts do not add up: their slowest are not the same requests. */
export interface TailShare {
  readonly part: TailPart
  readonly p99Us: number
}

/** The client's view. */
export interface ClientTail {
  /** From the intended time. */
  readonly latencyP99Us: number
  /** From when the request was sent. */
  readonly serviceP99Us: number
}

/** How often the engine looks how late its event loop is. */
const LOOP_SAMPLE_US = 25_000
/** A part that is less than this share of the tail does not explain it. */
const LEAST_SHARE = 0.1

/** What makes the tail as long as it is, the longest first. */
export const tailOf = (metrics: ServerMetrics, client: ClientTail): TailShare[] => {
  const { request, handler, writeStall, eventLoopDelay, requests } = metrics
  // Without durations of requests nothing is known of what is outside of them.
  if (request.count === 0) return []
  const eventLoop = p99WaitUs(eventLoopDelay, LOOP_SAMPLE_US)
  const parts: Record<TailPart, number> = {
    connection: client.latencyP99Us - client.serviceP99Us,
    eventLoop,
    handler: handler.p99Us,
    write: p99AmongUs(writeStall, requests),
    outside: client.serviceP99Us - request.p99Us - eventLoop,
  }
  return TAIL_PARTS.map((part) => ({ part, p99Us: Math.round(parts[part]) }))
    .filter(({ p99Us }) => p99Us >= LEAST_SHARE * client.latencyP99Us && p99Us > 0)
    .sort((a, b) => b.p99Us - a.p99Us)
}
