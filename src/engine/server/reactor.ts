import type { Duplex } from 'node:stream'
import type { RefusalCode } from '../../errors.ts'
import { DateCache } from '../../http/date.ts'
import type { ResolvedOptions } from '../../options.ts'
import { MessageParser } from '../../parser/message-parser.ts'
import { BytePool } from '../../pool/byte-pool.ts'
import { FreeList } from '../../pool/free-list.ts'
import { Connection } from '../connection/connection.ts'
import type { Environment } from '../connection/environment.ts'
import { Observation } from '../connection/observation.ts'
import { Exchange } from '../message/exchange.ts'
import { HeadCache } from '../message/head-cache.ts'
import { Output } from '../message/output.ts'
import type { RequestTrace } from '../message/request-trace.ts'
import type { CommonLines } from '../message/response-writer.ts'
import { publishClose, publishOpen, publishRefusal, publishTimeout } from '../stats/channels.ts'
import { nextConnectionId } from '../stats/connection-ids.ts'
import { type CloseReason, Counters, type TimeoutKind } from '../stats/counters.ts'
import type { Clock, Ticker } from '../time/clock.ts'
import { TimerWheel } from '../time/timer-wheel.ts'
import type { Transport } from '../transport/transport.ts'
import { Admission, UNHEARD } from './admission.ts'
import { LoopDelay } from './loop-delay.ts'
import { answerShed, Overload } from './overload.ts'
import { Stalls } from './stalls.ts'

/** Idle exchanges kept for reuse; a burst beyond it is left to the garbage collector. */
const POOLED_EXCHANGES = 4_096

/**
 * Resolution of every timeout and of the Date field, ms. What runs out together is closed together: coarser ticks make
 * longer pauses of it.
 */
export const TICK_MS = 25

/** The advertised idle timeout is this much shorter, so that the client gives up a connection first, ms. */
const KEEP_ALIVE_MARGIN_MS = 1_000

/**
 * Deadlines that fire before sockets are looked at again: closing takes some 50 us, and an attacker may see to it that
 * thousands of connections run out of time together.
 */
const MAX_FIRED = 8

/** A tick that comes later than this, ms, means that the event loop was blocked. */
const LATE_MS = 50

export interface ReactorHooks {
  /** Calls the handler for one request. */
  dispatch(exchange: Exchange): unknown
  /** Calls `start`, which has a request handled that is followed, in the async context where it is to begin. */
  begin?(exchange: Exchange, start: () => unknown): unknown
  onHandlerError(error: unknown): void
  /** Null: requests with Upgrade are ordinary ones, and CONNECT is refused. */
  readonly onUpgrade: ((exchange: Exchange, stream: Duplex, head: Buffer) => void) | null
  /** Which of the requests for another protocol are taken. All, unless it is given. */
  mayUpgrade?(exchange: Exchange): boolean
  /** ALLOW_* bits of head-rules.ts. */
  readonly allowances?: number
  /** True when the program itself answers what the engine refuses. */
  onRefusal?(connection: Connection, code: RefusalCode): boolean
  /** A connection is gone. */
  onClosed(): void
  /** `run(n)`'s last request was admitted. */
  onLastRequest(): void
}

/** Accepted, and not HTTP's yet: its TLS handshake, or the PROXY header in front of it, is under way. */
export interface Arriving {
  readonly id: number
  readonly transport: Transport
  destroy(reason: CloseReason): void
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
  readonly observation: Observation
  readonly lines: CommonLines
  readonly headBytes = new BytePool()
  readonly output = new Output()
  readonly exchanges = new FreeList<Exchange>({ create: () => new Exchange(), capacity: POOLED_EXCHANGES })
  readonly connections = new Set<Connection>()
  readonly arrivals = new Set<Arriving>()
  isDraining = false
  closesIdle = false
  current: Connection | null = null
  /** Requests `run(n)` still admits. */
  quota = Number.POSITIVE_INFINITY
  readonly #hooks: ReactorHooks
  readonly #clock: Clock
  readonly #date = new DateCache()
  readonly #ticker: Ticker
  readonly loopDelay = new LoopDelay(TICK_MS)
  readonly admission: Admission
  readonly #stalls = new Stalls()
  readonly #overload: Overload
  /** Connections whose time is over wait for the next turn of the event loop. */
  #isAdvancing = false
  readonly #goOn = () => {
    this.#isAdvancing = false
    this.#advance()
  }
  /** Connections that wait for a turn: a list through `nextScheduled`. */
  #firstScheduled: Connection | null = null
  #lastScheduled: Connection | null = null
  readonly #runScheduled = () => this.#onScheduled()

  constructor(options: ResolvedOptions, hooks: ReactorHooks, clock: Clock) {
    this.options = options
    this.#hooks = hooks
    this.#clock = clock
    this.observation = new Observation(clock, options.metrics === 'on')
    this.admission = new Admission(options)
    this.#overload = new Overload(options)
    this.wheel = new TimerWheel({ tickMs: TICK_MS, startMs: clock.now(), maxFired: MAX_FIRED })
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
    this.lines = {
      dateLine: '',
      keepAliveLine: keepAliveLine(options.idleTimeoutMs),
      heads: new HeadCache(),
    }
    this.#ticker = clock.every(TICK_MS, () => this.#tick())
  }

  /** Neither connections nor what may become one. */
  get isEmpty(): boolean {
    return this.connections.size === 0 && this.arrivals.size === 0
  }

  /** Starts the ticks, which rest while there is neither a connection nor a deadline. */
  wake(): void {
    if (this.#ticker.isRunning) return
    const now = this.#clock.now()
    this.loopDelay.restart(now)
    this.#overload.onDelay(0)
    this.wheel.advance(now)
    this.#updateDate()
    this.#ticker.start()
  }

  /** A connection is accepted, and not HTTP's yet. */
  arrive(arrival: Arriving): void {
    this.wake()
    this.counters.accepted++
    this.counters.open++
    this.arrivals.add(arrival)
    publishOpen(arrival.id, arrival.transport)
  }

  /** It will never be HTTP's. */
  depart(arrival: Arriving, reason: CloseReason): void {
    this.arrivals.delete(arrival)
    this.#countClose(arrival.id, reason, arrival.transport)
    this.#onGone()
  }

  /** It is HTTP's from now on; as `accept`. `refusal`: why it is not served. */
  promote(arrival: Arriving, transport: Transport, refusal: RefusalCode | null): Connection | null {
    refusal ??= this.admission.enter(transport)
    const connection = this.#serve(transport, refusal, arrival.id)
    this.arrivals.delete(arrival)
    if (connection === null) this.#onGone()
    return connection
  }

  /** Serves a new peer, tells it that it is one too many, or, when many have to be told so, breaks off: null. */
  accept(transport: Transport): Connection | null {
    this.wake()
    this.counters.accepted++
    this.counters.open++
    const id = nextConnectionId()
    publishOpen(id, transport)
    const connection = this.#serve(transport, this.admission.enter(transport), id)
    if (connection === null) this.#rest()
    return connection
  }

  #serve(transport: Transport, refusal: RefusalCode | null, id: number): Connection | null {
    const { admission } = this
    if (refusal !== null && admission.isFlooded) {
      this.countRefusal(refusal, transport.remoteAddress)
      this.#countClose(id, 'refusedByReset', transport)
      transport.start(UNHEARD)
      transport.reset()
      return null
    }
    const connection = new Connection(this, transport, id)
    this.connections.add(connection)
    if (refusal !== null) {
      connection.isTurnedAway = true
      admission.turnedAway++
    }
    connection.start()
    if (refusal !== null) connection.refuseNow(refusal)
    return connection
  }

  now(): number {
    return this.#clock.now()
  }

  acquire(): Exchange {
    return this.exchanges.acquire()
  }

  release(exchange: Exchange): void {
    if (exchange.isShed) this.#overload.shed--
    // A handler may still hold an abandoned exchange and write to it: those writes must go nowhere, not to the next
    // user of a pooled object, and must not throw in a callback that knows nothing of the client having left.
    if (exchange.response.isAbandoned && exchange.isSeen) {
      exchange.keepHead(this.headBytes)
      exchange.returnHead(this.headBytes, true)
      this.exchanges.discard(exchange)
    } else {
      exchange.returnHead(this.headBytes, false)
      exchange.reset()
      this.exchanges.release(exchange)
    }
  }

  dispatch(exchange: Exchange): unknown {
    const { handlerTimeoutMs } = this.options
    if (this.exchanges.live > this.#overload.askBeyond && this.#shed(exchange)) return undefined
    if (handlerTimeoutMs !== 0) {
      exchange.handlerFrom = this.wheel.now
      exchange.handlerMs = handlerTimeoutMs
    }
    return this.#hooks.dispatch(exchange)
  }

  follow(exchange: Exchange, trace: RequestTrace): unknown {
    const start = (): unknown => trace.start(this, exchange)
    return this.#hooks.begin === undefined ? start() : this.#hooks.begin(exchange, start)
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
    // Runs after the current microtasks: answers given there leave in one write. Nowhere is node:process imported: that
    // makes Node open stdin, stdout and stderr, which takes as long as all of this module.
    if (this.#lastScheduled === null) {
      this.#firstScheduled = connection
      process.nextTick(this.#runScheduled)
    } else {
      this.#lastScheduled.nextScheduled = connection
    }
    this.#lastScheduled = connection
  }

  get acceptsUpgrade(): boolean {
    return this.parser.acceptUpgrade
  }

  mayUpgrade(exchange: Exchange): boolean {
    return this.#hooks.mayUpgrade?.(exchange) ?? true
  }

  upgrade(exchange: Exchange, stream: Duplex, head: Buffer): void {
    this.#hooks.onUpgrade?.(exchange, stream, head)
  }

  get allowances(): number {
    return this.#hooks.allowances ?? 0
  }

  takeRefusal(connection: Connection, code: RefusalCode): boolean {
    return this.#hooks.onRefusal?.(connection, code) ?? false
  }

  stalledAfter(since: number): number {
    return this.#stalls.after(since)
  }

  countRefusal(code: RefusalCode, remoteAddress: string): void {
    const { refused } = this.counters
    refused[code] = (refused[code] ?? 0) + 1
    publishRefusal(code, remoteAddress)
  }

  countTimeout(kind: TimeoutKind, remoteAddress: string): void {
    this.counters.timeouts[kind]++
    publishTimeout(kind, remoteAddress)
  }

  report(error: unknown): void {
    this.#hooks.onHandlerError(error)
  }

  onClosed(connection: Connection): void {
    const { admission } = this
    this.connections.delete(connection)
    this.counters.open--
    if (connection.isTurnedAway) admission.turnedAway--
    else admission.leave(connection)
    this.#onGone()
  }

  #countClose(id: number, reason: CloseReason, transport: Transport): void {
    this.counters.open--
    this.counters.closed[reason]++
    publishClose(id, reason, transport, 0)
  }

  #onGone(): void {
    this.#rest()
    this.#hooks.onClosed()
  }

  #rest(): void {
    if (this.isEmpty && this.wheel.size === 0) this.#ticker.stop()
  }

  #onScheduled(): void {
    let connection = this.#firstScheduled
    this.#firstScheduled = null
    this.#lastScheduled = null
    while (connection !== null) {
      const next: Connection | null = connection.nextScheduled
      connection.nextScheduled = null
      connection.isScheduled = false
      connection.onTurn()
      connection = next
    }
  }

  /** True when `exchange` was refused for want of capacity. */
  #shed(exchange: Exchange): boolean {
    const code = this.#overload.refusalFor(exchange, this.exchanges.live)
    if (code === null) return false
    this.#overload.shed++
    this.countRefusal(code, exchange.host?.remoteAddress ?? '')
    answerShed(exchange, code)
    return true
  }

  #tick(): void {
    const { wheel } = this
    const now = this.#clock.now()
    const lateMs = this.loopDelay.tick(now)
    this.observation.loopDelays.observe(lateMs)
    this.#overload.onDelay(this.loopDelay.ms)
    this.#updateDate()
    if (lateMs <= LATE_MS) {
      this.#advance()
      this.#rest()
      return
    }
    // Timers run before sockets are read (libuv's loop): what arrived in the meantime must be seen before anybody is
    // declared silent. What those reads arm is reckoned from now, what was armed before is put off by the stall.
    this.#stalls.record(wheel.now, Math.ceil(now) - wheel.now)
    wheel.now = Math.ceil(now)
    this.#advanceLater()
  }

  #advance(): void {
    if (this.wheel.advance(this.#clock.now())) this.#advanceLater()
  }

  #advanceLater(): void {
    if (!this.#isAdvancing) setImmediate(this.#goOn)
    this.#isAdvancing = true
  }

  #updateDate(): void {
    if (this.#date.update(this.#clock.wallNow())) this.lines.dateLine = `Date: ${this.#date.value}\r\n`
  }
}
