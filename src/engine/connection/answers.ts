import { NovaError, stacklessError } from '../../errors.ts'
import { type Exchange, WAITS_HANDLER, WAITS_REQUEST, WAITS_RESPONSE } from '../message/exchange.ts'
import { Departures } from './departures.ts'
import type { Environment } from './environment.ts'

/**
 * The exchanges of one connection in request order: an intrusive list. `writing` is the oldest whose response is not
 * complete, the only one whose bytes may leave (RFC 9112, 9.3.2); those before it merely wait for their handler or
 * the rest of their request.
 */
export class Answers {
  first: Exchange | null = null
  last: Exchange | null = null
  writing: Exchange | null = null
  size = 0
  /** The response whose turn it is failed after its head was sent: only breaking off the connection can tell the client. */
  isBroken = false
  /** The response that ends the connection's persistence is complete. */
  isFinal = false
  /** Made for the first response that is traced. */
  departures: Departures | null = null
  readonly #env: Environment

  constructor(env: Environment) {
    this.#env = env
  }

  /** Everything before it is answered: the connection is this request's to take over. */
  get upgrade(): Exchange | null {
    return this.writing?.isUpgrade === true ? this.writing : null
  }

  push(exchange: Exchange): void {
    exchange.previous = this.last
    if (this.last === null) this.first = exchange
    else this.last.next = exchange
    this.last = exchange
    this.writing ??= exchange
    this.size++
  }

  /** Takes a completed exchange out and hands it back to the pool. */
  release(exchange: Exchange): void {
    const { previous, next } = exchange
    if (previous === null) this.first = next
    else previous.next = next
    if (next === null) this.last = previous
    else next.previous = previous
    if (this.writing === exchange) this.writing = next
    exchange.next = null
    exchange.previous = null
    this.size--
    this.#env.release(exchange)
  }

  /** Copies every head that still borrows the parser's window and tape, before they are overwritten. */
  ownHeads(): void {
    for (let exchange = this.first; exchange !== null; exchange = exchange.next) {
      exchange.keepHead(this.#env.headBytes)
    }
  }

  dispatch(exchange: Exchange): void {
    exchange.isSeen = true
    try {
      const env = this.#env
      const { trace } = exchange
      const settlement = trace === null ? env.dispatch(exchange) : env.follow(exchange, trace)
      if (isPromiseLike(settlement)) {
        // Promise.resolve sees to it that a foreign thenable settles once at most, and never in this turn.
        Promise.resolve(settlement).then(exchange.onSettled, exchange.onFailed)
        return
      }
    } catch (error) {
      this.fail(exchange, error)
    }
    exchange.waits &= ~WAITS_HANDLER
  }

  /** The handler threw or rejected: say so if that is still possible, never take anything else down. */
  fail(exchange: Exchange, error: unknown): void {
    const { response } = exchange
    if (response.isAbandoned) return
    if (exchange.trace !== null) exchange.trace.error ??= error
    const refusal = refusalIn(error)
    if (refusal === null) {
      this.#env.counters.handlerErrors++
      this.#env.report(error)
    }
    if (response.ended) return
    if (response.headSent) {
      exchange.isBroken = true
      if (exchange === this.writing) this.isBroken = true
      return
    }
    if (refusal === null) response.fail(500, 'HANDLER_FAILED: The request handler failed.\n')
    else response.fail(refusal.status, refusal.text)
  }

  /** Moves output to the turn's output in request order and lets go of what is complete. */
  collect(): void {
    const { output, counters } = this.#env
    for (let exchange = this.writing; exchange !== null; exchange = this.writing) {
      if (exchange.isUpgrade) return
      if (exchange.isHeld) {
        exchange.isHeld = false
        this.dispatch(exchange)
      }
      const { response, trace } = exchange
      if (trace !== null) {
        this.departures ??= new Departures()
        this.departures.add(trace, response)
      }
      if (response.output.size > 0) response.output.moveTo(output)
      if (exchange.isBroken) this.isBroken = true
      if (!response.ended) return
      counters.countResponse(response.status)
      counters.responses1xx += response.informational
      this.writing = exchange.next
      exchange.waits &= ~WAITS_RESPONSE
      exchange.observer?.onCollected()
      exchange.skipUnwantedBody()
      if (!exchange.keepAlive) {
        this.isFinal = true
        if (!exchange.body.isWanted) exchange.waits &= ~WAITS_REQUEST
        if (exchange.next !== null) {
          this.abort(
            exchange.next,
            stacklessError('CLIENT_CLOSED', 'The connection closed after an earlier response.'),
          )
        }
      }
      if (exchange.waits === 0) this.release(exchange)
    }
  }

  /** Nothing more of the request will come. */
  completeRequest(exchange: Exchange): void {
    exchange.waits &= ~WAITS_REQUEST
    if (exchange.waits === 0) this.release(exchange)
  }

  /** The client has closed its side. */
  hangUp(error: NovaError): void {
    for (let exchange = this.writing; exchange !== null; exchange = exchange.next) exchange.hangUp(error)
  }

  /** Ends `exchange` and all after it: their client will not read an answer. */
  abort(exchange: Exchange | null, error: NovaError): void {
    while (exchange !== null) {
      const { next } = exchange
      if ((exchange.waits & WAITS_RESPONSE) !== 0) {
        this.#env.counters.aborted++
        exchange.abort(error)
        exchange.trace?.end(this.#env.now(), error)
      } else {
        exchange.body.fail(error)
      }
      exchange.waits = exchange.isHeld ? 0 : exchange.waits & WAITS_HANDLER
      if (exchange === this.writing) this.writing = next
      if (exchange.waits === 0) this.release(exchange)
      exchange = next
    }
  }
}

/** The answer that the client's own mistake asks for; null for any other error. */
const refusalIn = (error: unknown): { status: number; text: string } | null => {
  try {
    if (!(error instanceof NovaError)) return null
    const { status, code, message } = error
    return Number.isInteger(status) && status >= 400 && status < 500
      ? { status, text: `${code}: ${message}\n` }
      : null
  } catch {
    // What was thrown may be a proxy, or have getters, that throw in turn.
    return null
  }
}

const isPromiseLike = (value: unknown): value is PromiseLike<void> =>
  typeof value === 'object' && value !== null && typeof (value as PromiseLike<void>).then === 'function'
