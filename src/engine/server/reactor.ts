import type { Duplex } from 'node:stream'
import { DateCache } from '../../http/date.ts'
import type { ResolvedOptions } from '../../options.ts'
import { MessageParser } from '../../parser/message-parser.ts'
import { FreeList } from '../../pool/free-list.ts'
import { Connection } from '../connection/connection.ts'
import type { Environment } from '../connection/environment.ts'
import { Exchange } from '../message/exchange.ts'
import { Output } from '../message/output.ts'
import type { CommonLines } from '../message/response-writer.ts'
import { Counters } from '../stats/counters.ts'
import type { Clock, Ticker } from '../time/clock.ts'
import { TimerWheel } from '../time/timer-wheel.ts'
import type { Transport } from '../transport/transport.ts'

/** Idle exchanges kept for reuse; a burst beyond it is left to the garbage collector. */
const POOLED_EXCHANGES = 4_096

/** Resolution of every timeout and of the Date field, ms. */
export const TICK_MS = 100

/** The advertised idle timeout is this much shorter, so that the client gives up a connection first, ms. */
const KEEP_ALIVE_MARGIN_MS = 1_000

export interface ReactorHooks {
  /** Calls the handler for one request. */
  dispatch(exchange: Exchange): unknown
  onHandlerError(error: unknown): void
  /** Null: requests with Upgrade are ordinary ones, and CONNECT is refused. */
  readonly onUpgrade: ((exchange: Exchange, stream: Duplex, head: Buffer) => void) | null
  /** A connection is gone. */
  onClosed(): void
  /** `run(n)`'s last request was admitted. */
  onLastRequest(): void
}

const keepAliveLine = (idleTimeoutMs: number): string => {
  const seconds = Math.floor((idleTimeoutMs - KEEP_ALIVE_MARGIN_MS) / 1_000)
  return seconds > 0 ? `Keep-Alive: timeout=${seconds}\r\n` : ''
}

/** Everything the connections of one thread share: parser and window, wheel, pools, counters, turns. */
export class Reactor implements Environment {
  readonly options: ResolvedOptions
  readonly parser: MessageParser
  readonly wheel: TimerWheel
  readonly counters = new Counters()
  readonly lines: CommonLines
  readonly output = new Output()
  readonly exchanges = new FreeList<Exchange>({ create: () => new Exchange(), capacity: POOLED_EXCHANGES })
  readonly connections = new Set<Connection>()
  isDraining = false
  current: Connection | null = null
  /** Requests `run(n)` still admits. */
  quota = Number.POSITIVE_INFINITY
  readonly #hooks: ReactorHooks
  readonly #clock: Clock
  readonly #date = new DateCache()
  readonly #ticker: Ticker
  #scheduled: Connection[] = []
  readonly #runScheduled = () => this.#onScheduled()

  constructor(options: ResolvedOptions, hooks: ReactorHooks, clock: Clock) {
    this.options = options
    this.#hooks = hooks
    this.#clock = clock
    this.wheel = new TimerWheel({ tickMs: TICK_MS, startMs: clock.now() })
    this.parser = new MessageParser({
      mode: 'request',
      maxHeadBytes: options.maxHeadBytes,
      maxTargetBytes: options.maxTargetBytes,
      maxFields: options.maxFields,
      maxTrailerBytes: options.maxTrailerBytes,
      maxChunkExtensionBytes: options.maxChunkExtensionBytes,
      ...(options.parser === 'auto' ? {} : { build: options.parser }),
    })
    this.parser.acceptUpgrade = hooks.onUpgrade !== null
    this.lines = { dateLine: '', keepAliveLine: keepAliveLine(options.idleTimeoutMs) }
    this.#ticker = clock.every(TICK_MS, () => this.#tick())
  }

  /** Serves a new peer. */
  accept(transport: Transport): void {
    if (this.connections.size === 0) {
      this.#tick()
      this.#ticker.start()
    }
    const { counters, options } = this
    const connection = new Connection(this, transport)
    this.connections.add(connection)
    counters.accepted++
    counters.open++
    connection.start()
    if (options.maxConnections !== 0 && counters.open > options.maxConnections) {
      connection.refuseNow('TOO_MANY_CONNECTIONS')
    }
  }

  now(): number {
    return this.#clock.now()
  }

  acquire(): Exchange {
    return this.exchanges.acquire()
  }

  release(exchange: Exchange): void {
    // A handler may still hold an abandoned exchange and write to it: those writes must go nowhere, not to the next
    // user of a pooled object, and must not throw in a callback that knows nothing of the client having left.
    if (exchange.response.isAbandoned) {
      if (exchange.head.isBorrowed) exchange.head.own()
      this.exchanges.discard(exchange)
    } else {
      exchange.reset()
      this.exchanges.release(exchange)
    }
  }

  dispatch(exchange: Exchange): unknown {
    return this.#hooks.dispatch(exchange)
  }

  admit(): boolean {
    if (this.quota === 0) return false
    this.counters.requests++
    if (--this.quota === 0) {
      this.isDraining = true
      this.#hooks.onLastRequest()
    }
    return true
  }

  schedule(connection: Connection): void {
    if (connection.isScheduled) return
    connection.isScheduled = true
    // nextTick runs after the current microtasks: answers given there leave in one write.
    if (this.#scheduled.push(connection) === 1) process.nextTick(this.#runScheduled)
  }

  get acceptsUpgrade(): boolean {
    return this.parser.acceptUpgrade
  }

  upgrade(exchange: Exchange, stream: Duplex, head: Buffer): void {
    this.#hooks.onUpgrade?.(exchange, stream, head)
  }

  report(error: unknown): void {
    this.#hooks.onHandlerError(error)
  }

  onClosed(connection: Connection): void {
    this.connections.delete(connection)
    this.counters.open--
    if (this.connections.size === 0) this.#ticker.stop()
    this.#hooks.onClosed()
  }

  #onScheduled(): void {
    const connections = this.#scheduled
    this.#scheduled = []
    for (const connection of connections) {
      connection.isScheduled = false
      connection.onTurn()
    }
  }

  #tick(): void {
    this.wheel.advance(this.#clock.now())
    if (this.#date.update(this.#clock.wallNow())) this.lines.dateLine = `Date: ${this.#date.value}\r\n`
  }
}
