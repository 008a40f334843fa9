import { Request } from '../../../src/engine/message/request.ts'
import { Response } from '../../../src/engine/message/response.ts'
import type { Handler } from '../../../src/engine/server/engine.ts'
import { type EngineStats, snapshot } from '../../../src/engine/server/engine-stats.ts'
import { Reactor } from '../../../src/engine/server/reactor.ts'
import type { Ticker } from '../../../src/engine/time/clock.ts'
import { ManualClock } from '../../../src/engine/time/manual-clock.ts'
import { type EngineOptions, resolveOptions } from '../../../src/options.ts'
import { MemoryTransport } from '../../support/memory-transport.ts'

/** A manual clock whose event loop can be blocked: time passes, and what was due comes late. */
export class StallingClock extends ManualClock {
  #isBlocked = false
  readonly #missed = new Set<() => void>()

  override every(ms: number, callback: () => void): Ticker {
    return super.every(ms, () => {
      if (this.#isBlocked) this.#missed.add(callback)
      else callback()
    })
  }

  /** The event loop is blocked for `ms`; tickers do not come until `resume()`. */
  stall(ms: number): void {
    this.#isBlocked = true
    this.advance(ms)
  }

  /** The loop goes on, timers first: each missed ticker comes once. */
  resume(): void {
    this.#isBlocked = false
    for (const callback of this.#missed) callback()
    this.#missed.clear()
  }
}

/** A reactor on in-memory transports whose event loop can be blocked. */
export class StallingServer {
  readonly clock = new StallingClock()
  readonly reactor: Reactor

  constructor(handler: Handler, options: EngineOptions = {}) {
    this.reactor = new Reactor(
      resolveOptions(options),
      {
        dispatch: (exchange) => handler(new Request(exchange), new Response(exchange)),
        onHandlerError: () => {},
        onUpgrade: null,
        onClosed: () => {},
        onLastRequest: () => {},
      },
      this.clock,
    )
  }

  connect(): MemoryTransport {
    const transport = new MemoryTransport(this.reactor.parser.window)
    this.reactor.accept(transport)
    return transport
  }

  get stats(): EngineStats {
    return snapshot(this.reactor)
  }
}
