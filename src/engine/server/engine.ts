import type { Duplex } from 'node:stream'
import { NovaError } from '../../errors.ts'
import { TrustedPeers } from '../../http/trusted-peers.ts'
import { type EngineOptions, type ResolvedOptions, resolveOptions } from '../../options.ts'
import type { Exchange } from '../message/exchange.ts'
import { Request } from '../message/request.ts'
import { Response } from '../message/response.ts'
import { publishHandlerError } from '../stats/channels.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import { Acceptor } from '../transport/acceptor.ts'
import { StreamTransport } from '../transport/stream-transport.ts'
import type { TlsCertificates, TlsOptions } from '../transport/tls-options.ts'
import { TlsTerminator } from '../transport/tls-terminator.ts'
import { checkMode } from '../transport/unix-socket.ts'
import { Arrival, type Gates } from './arrival.ts'
import { Drain, type DrainOptions, type DrainReport, resolveDrainOptions } from './drain.ts'
import { type EngineStats, snapshot } from './engine-stats.ts'
import { inheritedDescriptor } from './inherited-sockets.ts'
import { scrape } from './metrics.ts'
import type { Operations } from './operations.ts'
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
  /** Serves HTTPS instead of HTTP on what `listen()` accepts. */
  tls?: TlsOptions
  /** Expects a PROXY protocol header (version 1 or 2), before TLS, on each connection that `listen()` accepts. */
  proxyProtocol?: ProxyProtocolOptions
}

export interface ProxyProtocolOptions {
  /** Who may connect: addresses, networks (`10.0.0.0/8`), `unix`. Everybody else is refused. */
  trusted: readonly string[]
}

export interface ListenOptions {
  /** 0 (default) picks a free port. */
  port?: number
  /** Default: every address. */
  host?: string
  /** A unix socket instead of a port. The file of a process that is gone is replaced; drain() removes it. */
  path?: string
  /** Who may connect to it, such as 0o660. Default: what the umask leaves. */
  mode?: number
  /** An open listening descriptor instead of either. */
  fd?: number
  /** What systemd has passed to the process instead: the socket of this name (`FileDescriptorName=`), or the first one. */
  systemd?: string | true
  /** A bound handle instead of any: what another process has sent, or a `net.Server` that does not listen. */
  handle?: object
  /** Connections the kernel queues before they are accepted. Default 1024. */
  backlog?: number
}

export interface ListeningAddress {
  /** 0 on a unix socket. */
  port: number
  address: string
}

const DEFAULT_BACKLOG = 1_024

/** An HTTP/1.1 server on one thread. Made by `createEngine`. */
export class Engine implements ReactorHooks, Operations {
  readonly options: ResolvedOptions
  readonly #handler: Handler
  readonly #onError: (error: unknown) => void
  readonly onUpgrade: ((exchange: Exchange, stream: Duplex, head: Buffer) => void) | null
  readonly #reactor: Reactor
  readonly #gates: Gates
  #acceptor: Acceptor | null = null
  #drain: Drain | null = null
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
    const { tls, proxyProtocol } = options
    this.#gates = {
      reactor: this.#reactor,
      tls: tls === undefined ? null : new TlsTerminator(tls),
      proxies:
        proxyProtocol === undefined ? null : new TrustedPeers(proxyProtocol.trusted, 'proxyProtocol.trusted'),
    }
  }

  /**
   * Binds and accepts. Rejects with Node's error when the address cannot be had (EADDRINUSE, EACCES), with
   * ALREADY_LISTENING or ENGINE_DRAINED when called at the wrong time, NO_INHERITED_SOCKET without systemd.
   */
  async listen(options: ListenOptions = {}): Promise<ListeningAddress> {
    if (this.#drain !== null) throw new NovaError('ENGINE_DRAINED')
    if (this.#acceptor !== null) throw new NovaError('ALREADY_LISTENING')
    checkMode(options.mode, options.path)
    const { systemd } = options
    const fd = systemd === undefined ? options.fd : inheritedDescriptor(systemd)
    const acceptor = new Acceptor({
      window: this.#reactor.parser.window,
      useHandles: this.options.transport === 'auto' && this.#gates.tls === null,
      onTransport: this.#isGated
        ? (transport) => new Arrival(this.#gates, transport).start()
        : (transport) => this.#reactor.accept(transport),
    })
    this.#acceptor = acceptor
    try {
      const isPlaced = (options.path ?? fd ?? options.handle) !== undefined
      await acceptor.listen({
        backlog: DEFAULT_BACKLOG,
        ...options,
        ...(fd === undefined ? {} : { fd }),
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

  /**
   * Other certificates, without a restart: handshakes that begin from now on use them, open connections go on. What
   * cannot be used is refused, and the old ones stay. @throws OPTION_INVALID, also for an engine without `tls`
   */
  setSecureContext(certificates: TlsCertificates): void {
    const { tls } = this.#gates
    if (tls === null) throw new NovaError('OPTION_INVALID', 'This engine was made without the option tls.')
    tls.setSecureContext(certificates)
  }

  /**
   * Serves HTTP on a stream that is already connected, past `tls` and `proxyProtocol`: a TLS socket, a tunnel, a test's
   * in-memory pair.
   */
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

  /** Listening, and not draining: what a readiness probe asks. */
  get isReady(): boolean {
    return this.#drain === null && this.#acceptor?.server.listening === true
  }

  /**
   * Closes without losing a request: accepts what the kernel has queued and nothing more, says `Connection: close` with
   * the next answer of each connection, closes those that stay idle for `idleGraceMs`, and after `graceMs` breaks off
   * what is left. Calling it again returns the same drain.
   * @throws OPTION_INVALID
   */
  drain(options: DrainOptions = {}): Promise<DrainReport> {
    const resolved = resolveDrainOptions(options)
    if (this.#drain === null) {
      const acceptor = this.#acceptor
      this.#drain = new Drain(this.#reactor, resolved)
      const stopAccepting = acceptor === null ? null : () => acceptor.close()
      this.#drain.run({ stopAccepting }).then(this.#onDrained)
    }
    return this.#drained
  }

  /** Everything counted since the engine was made, as plain numbers. */
  stats(): EngineStats {
    return snapshot(this.#reactor)
  }

  /** `stats()` as OpenMetrics text, of the type `METRICS_CONTENT_TYPE`; see docs/observability.md for the names. */
  metrics(): string {
    return scrape(this.#reactor)
  }

  get #isGated(): boolean {
    return this.#gates.tls !== null || this.#gates.proxies !== null
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
    publishHandlerError(error)
    try {
      this.#onError(error)
    } catch {
      // The turn of a connection is under way: nothing may come through here, not even the hook's own failure.
      process.emitWarning('The onError hook threw while a handler error was reported to it.', 'NovaWarning')
    }
  }

  onLastRequest(): void {
    process.nextTick(() => this.drain({ idleGraceMs: 0 }))
  }

  onClosed(): void {
    this.#drain?.onClosed()
  }
}

/**
 * Makes an engine. Nothing is bound until `listen()`.
 * @throws OPTION_INVALID naming the option, its unit and its range
 */
export const createEngine = (options: ServerOptions, handler: Handler): Engine => new Engine(options, handler)
