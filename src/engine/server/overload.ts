import { REFUSALS, type RefusalCode } from '../../errors.ts'
import type { ResolvedOptions } from '../../options.ts'
import type { Exchange } from '../message/exchange.ts'

/** More exchanges than any thread can have. */
const NO_LIMIT = 1_073_741_824

/** Decides which requests are not handled for want of capacity. */
export class Overload {
  /** Exchanges alive beyond which `refusalFor` must be asked: the one comparison that every request pays. */
  askBeyond: number
  /** Refused requests whose exchange is not over: alive, but not in flight. */
  shed = 0
  readonly #maxInFlight: number
  readonly #maxDelayMs: number
  #isLate = false

  constructor({ maxRequestsInFlight, maxEventLoopDelayMs }: ResolvedOptions) {
    this.#maxInFlight = maxRequestsInFlight === 0 ? NO_LIMIT : maxRequestsInFlight
    this.#maxDelayMs = maxEventLoopDelayMs
    this.askBeyond = this.#maxInFlight
  }

  /** The event loop is late by `delayMs`. */
  onDelay(delayMs: number): void {
    if (this.#maxDelayMs === 0) return
    this.#isLate = delayMs > this.#maxDelayMs
    this.askBeyond = this.#isLate ? 0 : this.#maxInFlight
  }

  /** Why `exchange` is not to be handled, or null. `alive`: exchanges in use, this one included. */
  refusalFor(exchange: Exchange, alive: number): RefusalCode | null {
    if (this.#isLate) return 'OVERLOADED'
    const inFlight = alive - this.shed - answeredBefore(exchange)
    return inFlight > this.#maxInFlight ? 'TOO_MANY_REQUESTS_IN_FLIGHT' : null
  }
}

/** Requests of the same connection that are answered, and only wait for the end of this turn to leave. */
const answeredBefore = (exchange: Exchange): number => {
  let count = 0
  for (let earlier = exchange.previous; earlier !== null; earlier = earlier.previous) {
    if (!earlier.isShed && earlier.response.ended) count++
  }
  return count
}

/**
 * Answers instead of the handler. The connection stays open, unless a body follows that is too long to be skipped, or
 * may be: an overloaded server does not read what it refuses.
 */
export const answerShed = (exchange: Exchange, code: RefusalCode): void => {
  const { response, body } = exchange
  const { status, message } = REFUSALS[code]
  exchange.isShed = true
  if (body.isNeglected && body.remaining === 0) exchange.keepAlive = false
  response.setStatus(status)
  response.setField('Content-Type', 'text/plain')
  response.setField('Retry-After', '1')
  response.end(`${code}: ${message}\n`)
}
