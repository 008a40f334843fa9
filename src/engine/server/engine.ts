import type { Duplex } from 'node:stream'
import { NovaError } from '../../errors.ts'
import { type EngineOptions, type ResolvedOptions, resolveOptions } from '../../options.ts'
import type { Exchange } from '../message/exchange.ts'
import { Request } from '../message/request.ts'
import { Response } from '../message/response.ts'
import { handlerErrorChannel } from '../stats/channels.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import type { WheelNode } from '../time/timer-wheel.ts'
import { Acceptor } from '../transport/acceptor.ts'
import { StreamTransport } from '../transport/stream-transport.ts'
import type { DrainOptions, DrainReport } from './drain.ts'
import { type EngineStats, snapshot } from './engine-stats.ts'
import { Reactor, type ReactorHooks } from './reactor.ts'

/** Answers one request, now or after awaits. What it throws or rejects with becomes a 500 and goes to `onError`. */
export type Handler = (request: Request, response: Response) => unknown

/**
 * Takes over a connection whose client asked for another protocol: `Upgrade` with `Connection: upgrade` on a request
 * without body (RFC 9110, 7.8), or CONNECT (9.3.6). Called once every earlier request is answered. The handler writes
 * the answer itself (`101 Switching Protocols`, `200`, or a refusal) and owns the stream; `head` is what arrived
 * behind the request. Its request stays readable.
 */
export type UpgradeHandler = (request: Request, stream: Duplex, head: Buffer) => void

/** Options of `createEngine`. */
export interface ServerOptions extends EngineOptions {
  /** Without it, Upgrade is ignored, as a server may, and CONNECT is refused with 501. */
  onUpgrade?: UpgradeHandler
}

export interface ListenOptions {
  /** 0 (default) picks a free port. */
  port?: number
  /** Default: every address. */
  host?: string
  /** A unix socket instead of a port. */
  path?: string
  /** An open listening descriptor instead of either. */
  fd?: number
  /** Connections the kernel queues before they are accepted. Default 1024. */
  backlog?: number
}

export interface ListeningAddress {
  /** 0 on a unix socket. */
  port: number
  address: string
}

const DEFAULT_BACKLOG = 1_024
const DEFAULT_GRACE_MS = 10_000
const MAX_GRACE_MS = 86_400_000

/** An HTTP/1.1 server on one thread. Made by `createEngine`. */
export class Engine implements ReactorHooks, WheelNode {
  wheelNext: WheelNode | null = null
  wheelPrevious: WheelNode | null = null
  wheelDeadline = 0
  wheelSlot = -1
  readonly options: ResolvedOptions
  readonly #handler: Handler
  readonly #onError: (error: unknown) => void
  readonly onUpgrade: ((exchange: Exchange, stream: Duplex, head: Buffer) => void) | null
  readonly #reactor: Reactor
  #acceptor: Acceptor | null = null
  #acceptorClosed: Promise<void> = Promise.resolve()
  #drain: Promise<DrainReport> | null = null
  #onEmpty: (() => void) | null = null
  #onDrained: (report: DrainReport) => void = () => {}
  readonly #drained = new Promise<DrainReport>((resolve) => {
    this.#onDrained = resolve
  })

  constructor(options: ServerOptions, handler: Handler, clock: Clock = systemClock) {
    if (typeof handler !== 'function')
      throw new NovaError('OPTION_INVALID', 'The handler must be a function.')
    this.options = resolveOptions(options)
    this.#handler = handler
    this.#onError = options.onError ?? console.error
    const { onUpgrade } = options
    this.onUpgrade =
      onUpgrade === undefined
        ? null
        : (exchange, stream, head) => this.#upgrade(onUpgrade, exchange, stream, head)
    this.#reactor = new Reactor(this.options, this, clock)
  }

  /**
   * Binds and accepts. Rejects with Node's error when the address cannot be had (EADDRINUSE, EACCES), with
   * ALREADY_LISTENING or ENGINE_DRAINED when called at the wrong time.
   */
  async listen(options: ListenOptions = {}): Promise<ListeningAddress> {
    if (this.#drain !== null) throw new NovaError('ENGINE_DRAINED')
    if (this.#acceptor !== null) throw new NovaError('ALREADY_LISTENING')
    const acceptor = new Acceptor({
      window: this.#reactor.parser.window,
      useHandles: this.options.transport === 'auto',
      onTransport: (transport) => this.#reactor.accept(transport),
    })
    this.#acceptor = acceptor
    try {
      const isPlaced = options.path !== undefined || options.fd !== undefined
      await acceptor.listen({
        backlog: DEFAULT_BACKLOG,
        ...options,
        ...(isPlaced ? {} : { port: options.port ?? 0 }),
      })
    } catch (error) {
      this.#acceptor = null
      throw error
    }
    return this.address
  }

  /** Where the engine listens. @throws NOT_LISTENING */
  get address(): ListeningAddress {
    const bound = this.#acceptor?.server.address()
    if (bound === null || bound === undefined) throw new NovaError('NOT_LISTENING')
    return typeof bound === 'string'
      ? { port: 0, address: bound }
      : { port: bound.port, address: bound.address }
  }

  /** Serves HTTP on a stream that is already connected: a TLS socket, a tunnel, a test's in-memory pair. */
  attach(stream: Duplex): void {
    if (this.#drain !== null) throw new NovaError('ENGINE_DRAINED')
    this.#reactor.accept(new StreamTransport(stream))
  }

  /**
   * Serves `requests` requests (without a number: until `drain()` is called), then drains. Resolves when every
   * connection is closed.
   */
  run(requests?: number): Promise<DrainReport> {
    if (requests !== undefined) {
      if (!Number.isInteger(requests) || requests < 1) {
        throw new NovaError(
          'OPTION_INVALID',
          `run() takes a positive number of requests; got ${String(requests)}.`,
        )
      }
      this.#reactor.quota = requests
    }
    return this.#drained
  }

  /**
   * Closes gracefully: stops accepting, closes idle connections, lets busy ones finish with `Connection: close`, and
   * after `graceMs` ends what is left. Calling it again returns the same drain.
   * @throws OPTION_INVALID
   */
  drain(options: DrainOptions = {}): Promise<DrainReport> {
    const { graceMs = DEFAULT_GRACE_MS } = options
    if (!Number.isInteger(graceMs) || graceMs < 0 || graceMs > MAX_GRACE_MS) {
      throw new NovaError(
        'OPTION_INVALID',
        `Option graceMs must be an integer of ms from 0 to ${MAX_GRACE_MS}; got ${String(graceMs)}.`,
      )
    }
    this.#drain ??= this.#startDrain(graceMs)
    return this.#drain
  }

  /** Everything counted since the engine was made, as plain numbers. */
  stats(): EngineStats {
    return snapshot(this.#reactor)
  }

  dispatch(exchange: Exchange): unknown {
    return this.#handler(new Request(exchange), new Response(exchange))
  }

  #upgrade(handler: UpgradeHandler, exchange: Exchange, stream: Duplex, head: Buffer): void {
    try {
      handler(new Request(exchange), stream, head)
    } catch (error) {
      this.onHandlerError(error)
      stream.destroy()
    }
  }

  onHandlerError(error: unknown): void {
    if (handlerErrorChannel.hasSubscribers) handlerErrorChannel.publish({ error })
    try {
      this.#onError(error)
    } catch {
      // The turn of a connection is under way: nothing may come through here, not even the hook's own failure.
      process.emitWarning('The onError hook threw while a handler error was reported to it.', 'NovaWarning')
    }
  }

  onLastRequest(): void {
    process.nextTick(() => this.drain())
  }

  onClosed(): void {
    if (this.#reactor.connections.size === 0) this.#onEmpty?.()
  }

  /** The grace time of a drain is over. */
  onDeadline(): void {
    for (const connection of this.#reactor.connections) connection.destroy('forced')
  }

  async #startDrain(graceMs: number): Promise<DrainReport> {
    const reactor = this.#reactor
    const { counters } = reactor
    const startedAt = reactor.now()
    const before = {
      finished: counters.finished,
      idleClosed: counters.closed.drain,
      aborted: counters.aborted,
    }
    reactor.isDraining = true
    if (this.#acceptor !== null) this.#acceptorClosed = this.#acceptor.close()
    for (const connection of reactor.connections) connection.onDraining()
    if (reactor.connections.size > 0) {
      const empty = new Promise<void>((resolve) => {
        this.#onEmpty = resolve
      })
      if (graceMs === 0) this.onDeadline()
      else reactor.wheel.arm(this, reactor.now() + graceMs)
      await empty
      reactor.wheel.cancel(this)
    }
    await this.#acceptorClosed
    const report: DrainReport = {
      finished: counters.finished - before.finished,
      idleClosed: counters.closed.drain - before.idleClosed,
      aborted: counters.aborted - before.aborted,
      tookMs: Math.round(reactor.now() - startedAt),
    }
    this.#onDrained(report)
    return report
  }
}

/**
 * Makes an engine. Nothing is bound until `listen()`.
 * @throws OPTION_INVALID naming the option, its unit and its range
 */
export const createEngine = (options: ServerOptions, handler: Handler): Engine => new Engine(options, handler)
