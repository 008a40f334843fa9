import { REFUSALS, type RefusalCode, stacklessError } from '../../errors.ts'
import { type Exchange, type ExchangeHost, WAITS_HANDLER, WAITS_RESPONSE } from '../message/exchange.ts'
import type { RequestTimeouts } from '../message/request-timeouts.ts'
import type { CommonLines } from '../message/response-writer.ts'
import { publishClose } from '../stats/channels.ts'
import { type CloseReason, TIMEOUTS, type TimeoutKind } from '../stats/counters.ts'
import type { Transport, TransportSink } from '../transport/transport.ts'
import { UpgradedStream } from '../transport/upgraded-stream.ts'
import { Answers } from './answers.ts'
import { type DeadlineOwner, Deadlines } from './deadlines.ts'
import type { Environment } from './environment.ts'
import { earliestHandlerDue, expireHandlers } from './handler-clock.ts'
import { Input } from './input.ts'
import { refusalText } from './refusals.ts'

/** Requests are read and answered. */
const OPEN = 0
/** The last answer is on its way: input is discarded until the peer closes or the linger time is over. */
const LINGERING = 1
const CLOSED = 2
/** The bytes belong to another protocol. */
const UPGRADED = 3

/** For what the engine answers itself: nobody waits for such a response. */
const UNSEEN = stacklessError('CLIENT_CLOSED')

/**
 * One client connection: the place where transport, input, answers and deadlines meet. Its life is a sequence of
 * turns; in each, bytes are parsed, handlers run in order, and everything to be written leaves in one write. No turn
 * awaits, and no two turns overlap in one thread.
 */
export class Connection implements TransportSink, ExchangeHost, DeadlineOwner {
  isScheduled = false
  /** The one that is scheduled after it. Both written by the reactor alone. */
  nextScheduled: Connection | null = null
  /** It is one too many: all it gets is an answer that says so. */
  isTurnedAway = false
  attachment: unknown = null
  readonly id: number
  readonly #env: Environment
  readonly #transport: Transport
  readonly #answers: Answers
  readonly #input: Input
  readonly #deadlines: Deadlines
  #state = OPEN
  #peerEnded = false
  #isPaused = false
  /** maxConnectionAgeMs is over. */
  #isOld = false
  #closeReason: CloseReason | null = null

  constructor(env: Environment, transport: Transport, id: number) {
    this.id = id
    this.#env = env
    this.#transport = transport
    this.#answers = new Answers(env)
    this.#input = new Input(env, this, this.#answers)
    this.#deadlines = new Deadlines(env, transport, this)
  }

  get lines(): CommonLines {
    return this.#env.lines
  }
  get remoteAddress(): string {
    return this.#transport.remoteAddress
  }
  get remotePort(): number {
    return this.#transport.remotePort
  }
  get encrypted(): boolean {
    return this.#transport.encrypted
  }
  get maxBodyBytes(): number {
    return this.#env.options.maxBodyBytes
  }
  /** The next answer is to be the last. */
  get isDraining(): boolean {
    return this.#env.isDraining || this.#isOld
  }
  /** True when no request is being read or answered. */
  get isIdle(): boolean {
    return this.#answers.size === 0 && !this.#input.isMidMessage && !this.#input.hasBacklog
  }

  start(): void {
    this.#transport.start(this)
    this.#deadlines.start()
    this.#watch()
  }

  // The transport's side.

  onWindow(length: number): boolean {
    const input = this.#input
    this.#env.counters.bytesRead += length
    if (this.#state !== OPEN || (input.isDeaf && !input.isUpgrading)) return true
    if (input.hasBacklog || input.isUpgrading) {
      input.keep(this.#env.parser.window.subarray(0, length))
      return false
    }
    this.#env.current = this
    input.parse(0, length)
    this.#isPaused = input.hasBacklog
    this.#finishTurn()
    return !this.#isPaused
  }

  onChunk(chunk: Uint8Array): boolean {
    const { current, parser } = this.#env
    if (current !== null) {
      // A stream that pushes synchronously from inside some handler: the window is taken.
      this.#input.keep(chunk)
      this.#isPaused = true
      this.#env.schedule(this)
      return false
    }
    let goesOn = true
    for (let at = 0; at < chunk.length; at += parser.window.length) {
      const piece = chunk.subarray(at, at + parser.window.length)
      parser.window.set(piece)
      goesOn = this.onWindow(piece.length)
    }
    return goesOn
  }

  onEnd(): void {
    this.#peerEnded = true
    if (this.#answers.writing !== null) {
      this.#answers.hangUp(
        stacklessError('CLIENT_CLOSED', 'The client has closed its side of the connection.'),
      )
    }
    this.#env.schedule(this)
  }

  onDrain(): void {
    this.#input.isCongested = false
    this.#deadlines.stopWrite()
    this.#env.schedule(this)
  }

  onClose(error: Error | null): void {
    this.#state = CLOSED
    this.#deadlines.close()
    this.#input.end()
    const reason = this.#closeReason ?? (error === null ? 'client' : 'socketError')
    const { first, departures } = this.#answers
    if (first !== null || departures !== null) {
      const code = reason === 'writeTimeout' || reason === 'slowReader' ? 'WRITE_TIMEOUT' : 'CLIENT_CLOSED'
      const gone = stacklessError(code, undefined, error === null ? undefined : { cause: error })
      departures?.end(this.#env.now(), gone)
      this.#answers.abort(first, gone)
    }
    this.#env.counters.closed[reason]++
    publishClose(this.id, reason, this.#transport, this.#input.requests)
    this.#env.onClosed(this)
  }

  // The exchanges' side.

  isCongested(exchange: Exchange): boolean {
    const isFull = exchange.response.output.size > this.#env.options.highWaterBytes
    return isFull || (this.#input.isCongested && exchange === this.#answers.writing)
  }

  isLast(exchange: Exchange): boolean {
    return exchange === this.#answers.last
  }

  onOutput(): void {
    if (this.#env.current !== this) this.#env.schedule(this)
  }

  onBodyRoom(): void {
    if (this.#isPaused) this.#env.schedule(this)
  }

  onSettled(exchange: Exchange): void {
    exchange.waits &= ~WAITS_HANDLER
    if (exchange.waits === 0) this.#answers.release(exchange)
    else if ((exchange.waits & WAITS_RESPONSE) === 0) exchange.skipUnwantedBody()
    if (this.#isPaused || this.#answers.size === 0) this.#env.schedule(this)
  }

  onTimeouts(exchange: Exchange, timeouts: RequestTimeouts): void {
    if (this.#state !== OPEN) return
    this.#deadlines.limit(exchange, this.#input, this.#answers, timeouts)
    if (this.#env.current !== this) this.#watch()
  }

  onDestroyed(): void {
    this.destroy('handlerAbort')
  }

  onFailed(exchange: Exchange, error: unknown): void {
    this.#answers.fail(exchange, error)
    if (this.#answers.isBroken) this.destroy('handlerError')
    this.onSettled(exchange)
  }

  // Turns.

  /** A turn without new input: answers are collected, kept input goes on. Called by the reactor after `schedule`. */
  onTurn(): void {
    if (this.#state === CLOSED || this.#state === UPGRADED) return
    const input = this.#input
    this.#env.current = this
    this.#answers.collect()
    if (this.#answers.isFinal) input.finish()
    if (input.parseBacklog()) this.#env.schedule(this)
    if (this.#peerEnded && !input.hasBacklog) this.#endInput()
    if (this.#isPaused && !input.hasBacklog && input.canParse) {
      this.#isPaused = false
      this.#transport.resume()
    }
    this.#finishTurn()
  }

  onTimeout(kind: TimeoutKind): void {
    const { reason, code } = TIMEOUTS[kind]
    this.#env.countTimeout(kind, this.remoteAddress)
    if (kind === 'connectionAge') this.#isOld = true
    if (code !== null) {
      this.#closeReason ??= reason
      this.refuseNow(code)
    } else if (kind === 'write' || kind === 'slowReader' || kind === 'linger') {
      this.destroy(reason)
    } else if (this.#state === OPEN && this.isIdle) {
      this.#shutdown(reason)
    }
    if (this.#state !== CLOSED) this.#watch()
  }

  onHandlerDeadline(now: number): number {
    if (expireHandlers(this.#answers, now, this.#env)) {
      this.#closeReason ??= 'handlerTimeout'
      if (this.#answers.isBroken) this.destroy('handlerTimeout')
      else this.#takeTurn()
    }
    return earliestHandlerDue(this.#answers.first)
  }

  /** Idle connections have waited long enough. */
  onDraining(): void {
    if (this.#state === OPEN && this.isIdle) this.#shutdown('drain')
  }

  destroy(reason: CloseReason): void {
    this.#closeReason ??= reason
    this.#state = CLOSED
    this.#deadlines.close()
    this.#input.end()
    this.#transport.destroy()
  }

  /** Answers with a refusal after everything already asked was answered, then closes. `isHead`: what is refused is HEAD. */
  refuse(code: RefusalCode, isHead = false): void {
    this.#env.countRefusal(code, this.remoteAddress)
    const { incoming } = this.#input
    this.#input.end()
    if (this.#env.takeRefusal(this, code)) return
    this.#closeReason ??= 'refused'
    const { status } = REFUSALS[code]
    const text = refusalText(code, this.lines.dateLine, incoming === null ? isHead : incoming.isHead)
    if (incoming === null) {
      const exchange = this.#env.acquire()
      exchange.host = this
      exchange.waits = WAITS_RESPONSE
      exchange.response.answer(status, text, UNSEEN)
      this.#answers.push(exchange)
    } else if (incoming.cut(stacklessError(code), status, text)) {
      this.#answers.completeRequest(incoming)
    } else {
      // The broken message is half answered: there is no way to say so but to break off as well.
      this.destroy('refused')
    }
  }

  /** Refuses outside of a turn. */
  refuseNow(code: RefusalCode): void {
    this.refuse(code)
    this.#takeTurn()
  }

  /** Hands what this turn has collected to the transport, and finds out whether the client keeps up. */
  flush(): void {
    const { output, counters, options } = this.#env
    const transport = this.#transport
    counters.bytesWritten += output.size
    if (output.chunks === null) transport.write(output.text)
    else transport.writeAll(output.chunks, output.text)
    output.clear()
    if (!transport.isWritable) {
      // Writing on would succeed at once for ever, and so keep the event loop from telling that the peer is gone.
      this.#input.isCongested = true
      return
    }
    const pending = transport.pendingBytes
    if (pending === 0) return
    this.#input.isCongested = pending > options.highWaterBytes && transport.needsDrain
    this.#deadlines.startWrite(this.#answers.writing?.timeouts?.writeMs)
  }

  #takeTurn(): void {
    // A handler of another connection may be running, whose turn owns the output.
    if (this.#env.current === null) this.onTurn()
    else this.#env.schedule(this)
  }

  #finishTurn(): void {
    const env = this.#env
    const { writing } = this.#answers
    if (env.output.size > 0) this.flush()
    const { departures } = this.#answers
    if (departures !== null && !departures.isEmpty) departures.onFlushed(this.#transport, env.now())
    if (this.#answers.isBroken) this.destroy('handlerError')
    if (writing !== null) {
      if (!this.#input.isCongested) writing.response.onDrain()
    } else if (this.#state === OPEN && this.#input.incoming === null) {
      if (this.#input.isLast) this.#shutdown(this.#endReason())
      else if ((this.#isOld || env.closesIdle) && this.isIdle)
        this.#shutdown(this.#isOld ? 'connectionAge' : 'drain')
    }
    this.#watch()
    env.current = null
    if (this.#answers.upgrade !== null && this.#state === OPEN) this.#upgrade(this.#answers.upgrade)
  }

  /** Everything before is answered: from here on, the bytes are another protocol's. */
  #upgrade(exchange: Exchange): void {
    const env = this.#env
    this.#state = UPGRADED
    this.#closeReason = 'upgrade'
    this.#deadlines.close()
    this.#answers.departures?.end(env.now(), null)
    // The request stays readable as long as its protocol wants it: abandoned, not pooled again.
    exchange.isSeen = true
    exchange.keepHead(env.headBytes)
    exchange.response.abandon(UNSEEN)
    exchange.waits = 0
    const head = this.#input.takeUpgradeHead()
    const stream = new UpgradedStream(this.#transport, env.parser.window, (error) => this.onClose(error))
    this.#answers.release(exchange)
    env.upgrade(exchange, stream, head)
  }

  /** The peer has half-closed and everything it sent is parsed. */
  #endInput(): void {
    const input = this.#input
    if (input.isDeaf) return
    if (input.isMidMessage) {
      this.refuse(input.isMidHead ? 'INCOMPLETE_HEAD' : 'INCOMPLETE_BODY')
      this.#answers.collect()
      return
    }
    input.end()
    this.#closeReason ??= 'client'
  }

  /** Half-closes after the last answer and discards input for a while, so that the client can read it. */
  #shutdown(reason: CloseReason): void {
    this.#closeReason ??= reason
    this.#state = LINGERING
    this.#input.end()
    this.#transport.end()
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#transport.resume()
  }

  /** Why the connection ends after its last answer. */
  #endReason(): CloseReason {
    if (this.#isOld) return 'connectionAge'
    const { maxRequestsPerConnection } = this.#env.options
    return this.#input.requests === maxRequestsPerConnection ? 'requestLimit' : 'keepAliveEnd'
  }

  #watch(): void {
    const reads = this.#state !== OPEN ? 'lingers' : this.#isPaused ? 'paused' : 'on'
    this.#deadlines.watch(this.#input, this.#answers, reads)
  }
}
