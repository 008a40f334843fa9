import { Request } from '../../src/engine/message/request.ts'
import { Response } from '../../src/engine/message/response.ts'
import type { Handler, ServerOptions } from '../../src/engine/server/engine.ts'
import { type EngineStats, snapshot } from '../../src/engine/server/engine-stats.ts'
import { Reactor } from '../../src/engine/server/reactor.ts'
import { ManualClock } from '../../src/engine/time/manual-clock.ts'
import { resolveOptions } from '../../src/options.ts'
import { MemoryTransport } from './memory-transport.ts'

/** A reactor on in-memory transports and a hand-wound clock. */
export class MemoryServer {
  readonly clock = new ManualClock()
  readonly errors: unknown[] = []
  readonly reactor: Reactor

  constructor(handler: Handler, options: ServerOptions = {}) {
    this.reactor = new Reactor(
      resolveOptions(options),
      {
        dispatch: (exchange) => handler(new Request(exchange), new Response(exchange)),
        onHandlerError: (error) => this.errors.push(error),
        onUpgrade:
          options.onUpgrade === undefined
            ? null
            : (exchange, stream, head) => options.onUpgrade?.(new Request(exchange), stream, head),
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

/** Lets every scheduled turn, promise and tick run. */
export const settle = async (rounds = 5): Promise<void> => {
  for (let i = 0; i < rounds; i++) await new Promise((resolve) => setImmediate(resolve))
}
