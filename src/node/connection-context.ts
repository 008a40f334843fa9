import { AsyncResource, executionAsyncId } from 'node:async_hooks'

interface Handle {
  getAsyncId?(): number
}

/**
 * The async context in which a connection's requests begin, as in Node: that of the connection. A request that had to wait
 * begins in a tick of whoever was answered before it, maybe another client, whose AsyncLocalStorage it must not see.
 */
export class ConnectionContext {
  readonly #resource = new AsyncResource('HTTPINCOMINGMESSAGE')
  /** What runs when the connection's own bytes arrive. */
  readonly #readId: number

  constructor(socket: object) {
    this.#readId = (socket as { _handle?: Handle | null })._handle?.getAsyncId?.() ?? -1
  }

  /** False: what is told to the program has to go through `run`. */
  get isCurrent(): boolean {
    return executionAsyncId() === this.#readId
  }

  run<A extends unknown[], R>(action: (this: unknown, ...args: A) => R, self: unknown, ...args: A): R {
    return this.#resource.runInAsyncScope(action, self, ...args)
  }
}
