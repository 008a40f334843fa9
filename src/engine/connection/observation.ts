import type { Exchange } from '../message/exchange.ts'
import { RequestTrace, type TraceOwner } from '../message/request-trace.ts'
import { requestsAreWatched } from '../stats/channels.ts'
import { Histogram } from '../stats/histogram.ts'
import type { Clock } from '../time/clock.ts'

/** What takes how long in a thread, and who wants to know of its requests. */
export class Observation implements TraceOwner {
  /** Request and handler durations are measured even when nobody is told of the requests. */
  isMeasuring: boolean
  /** From the end of a request head to the last byte of its answer. */
  readonly requests = new Histogram()
  /** From calling the handler to the end of its answer. */
  readonly handlers = new Histogram()
  /** From a write that the kernel did not take whole until it had taken all. */
  readonly writeStalls = new Histogram()
  /** How late the ticks of the reactor came. */
  readonly loopDelays = new Histogram()
  readonly #clock: Clock

  constructor(clock: Clock, isMeasuring: boolean) {
    this.#clock = clock
    this.isMeasuring = isMeasuring
  }

  now(): number {
    return this.#clock.now()
  }

  /** Null: nobody wants to know. */
  trace(exchange: Exchange): RequestTrace | null {
    const isWatched = requestsAreWatched()
    return isWatched || this.isMeasuring ? new RequestTrace(this, exchange, isWatched) : null
  }

  onTraceEnd({ headReceivedAt, handlerCalledAt, answeredAt, endedAt, isComplete }: RequestTrace): void {
    if (!this.isMeasuring) return
    if (answeredAt >= 0) this.handlers.observe(answeredAt - handlerCalledAt)
    if (isComplete) this.requests.observe(endedAt - headReceivedAt)
  }
}
