import type { Counters } from '../stats/counters.ts'
import type { HistogramStats } from '../stats/histogram.ts'
import type { Reactor } from './reactor.ts'

export interface PoolStats {
  /** In use now. */
  live: number
  /** Most ever in use at once. */
  peak: number
  /** Kept for reuse. */
  idle: number
}

export interface EngineStats {
  connections: {
    open: number
    /** Open, and still in the PROXY header or the TLS handshake. */
    arriving: number
    /** Open and neither reading nor answering a request. */
    idle: number
    accepted: number
    /** By reason. */
    closed: Counters['closed']
  }
  requests: number
  /** By status class; refusals included. */
  responses: { '1xx': number; '2xx': number; '3xx': number; '4xx': number; '5xx': number }
  bytes: { read: number; written: number }
  /** Refused requests and connections by error code; codes that never occurred are left out. */
  refused: Record<string, number>
  timeouts: Counters['timeouts']
  /** TLS handshakes completed. */
  handshakes: number
  handlerErrors: number
  /** Requests whose client was gone, or was cut off, before the answer was complete. */
  aborted: number
  exchanges: PoolStats
  /** Buffers with the heads of requests that outlived their turn. */
  heads: { live: number; peak: number; idleBytes: number }
  /** Messages that the end of a read has cut. */
  parked: PoolStats
  /** Armed deadlines. */
  deadlines: number
  /** How long things took; `request` and `handler` only as far as they are measured: see the option `metrics`. */
  durations: {
    /** From the end of a request head until the kernel had taken the whole answer. */
    request: HistogramStats
    /** From calling the handler to the end of its answer. */
    handler: HistogramStats
    /** From a write that the kernel did not take whole until it had taken all that waited. */
    writeStall: HistogramStats
    /** How late timers fired; sampled every 25 ms while there are connections. */
    eventLoopDelay: HistogramStats
  }
  /** How late the event loop runs, ms, smoothed; measured while there are connections. */
  eventLoopDelayMs: number
  /** The llhttp build in use. */
  parser: 'simd' | 'scalar'
}

const poolStats = ({ live, peak, idle }: PoolStats): PoolStats => ({ live, peak, idle })

export const snapshot = (reactor: Reactor): EngineStats => {
  const { counters, exchanges, headBytes, observation } = reactor
  let idle = 0
  for (const connection of reactor.connections) if (connection.isIdle) idle++
  return {
    connections: {
      open: counters.open,
      arriving: reactor.arrivals.size,
      idle,
      accepted: counters.accepted,
      closed: { ...counters.closed },
    },
    requests: counters.requests,
    responses: {
      '1xx': counters.responses1xx,
      '2xx': counters.responses2xx,
      '3xx': counters.responses3xx,
      '4xx': counters.responses4xx,
      '5xx': counters.responses5xx,
    },
    bytes: { read: counters.bytesRead, written: counters.bytesWritten },
    refused: { ...counters.refused },
    timeouts: { ...counters.timeouts },
    handshakes: counters.handshakes,
    handlerErrors: counters.handlerErrors,
    aborted: counters.aborted,
    exchanges: poolStats(exchanges),
    heads: { live: headBytes.live, peak: headBytes.peak, idleBytes: headBytes.idleBytes },
    parked: poolStats(reactor.parser.parkedMessages),
    deadlines: reactor.wheel.size,
    durations: {
      request: observation.requests.stats,
      handler: observation.handlers.stats,
      writeStall: observation.writeStalls.stats,
      eventLoopDelay: observation.loopDelays.stats,
    },
    eventLoopDelayMs: Math.round(reactor.loopDelay.ms),
    parser: reactor.parser.build,
  }
}
