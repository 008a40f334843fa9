import { NovaError } from '../../errors.ts'
import { METHOD_HEAD } from '../../http/methods.ts'
import { HeadView } from '../../parser/head-view.ts'
import { HEAD_MINOR } from '../../parser/tape.ts'
import type { BytePool } from '../../pool/byte-pool.ts'
import type { Poolable } from '../../pool/free-list.ts'
import { type BodyOwner, IncomingBody } from './incoming-body.ts'
import { checkTimeouts, type RequestTimeouts } from './request-timeouts.ts'
import type { RequestTrace } from './request-trace.ts'
import { type CommonLines, type ResponseOwner, ResponseWriter } from './response-writer.ts'

/** What an exchange still waits for; it goes back to the pool at 0. */
export const WAITS_HANDLER = 1
export const WAITS_RESPONSE = 2
export const WAITS_REQUEST = 4

/** Announced body bytes that are skipped when nobody reads them; beyond it, closing is cheaper for both sides. */
export const MAX_SKIPPED_BYTES = 262_144

/** The connection, as an exchange sees it. */
export interface ExchangeHost {
  /** Different from every other connection's of the thread. */
  readonly id: number
  readonly lines: CommonLines
  readonly remoteAddress: string
  readonly remotePort: number
  readonly encrypted: boolean
  readonly maxBodyBytes: number
  readonly isDraining: boolean
  /** What the embedder keeps for the connection. */
  attachment: unknown
  /** True when nothing was asked after `exchange` so far. */
  isLast(exchange: Exchange): boolean
  /** True when the client is behind in reading what `exchange` has written. */
  isCongested(exchange: Exchange): boolean
  onOutput(exchange: Exchange): void
  onBodyRoom(exchange: Exchange): void
  onSettled(exchange: Exchange): void
  onFailed(exchange: Exchange, error: unknown): void
  /** The handler asked for time of its own: `timeouts` is what it said just now. */
  onTimeouts(exchange: Exchange, timeouts: RequestTimeouts): void
  /** The handler breaks off: the client sees the connection end. */
  onDestroyed(exchange: Exchange): void
}

/** The embedder's side of an exchange. */
export interface ExchangeObserver {
  /** The response is complete and on its way to the transport, in the turn that collects it. */
  onCollected(): void
}

export const endedExchange = (): NovaError => new NovaError('EXCHANGE_ENDED')

/**
 * One request and its response. Pooled: acquired when a head is complete, released when the response is handed to the
 * transport, the request was read to its end and the handler has settled. `generation` changes on release, which is
 * how the Request and Response a handler kept find out.
 */
export class Exchange implements Poolable, ResponseOwner, BodyOwner {
  generation = 0
  isPooled = false
  host: ExchangeHost | null = null
  next: Exchange | null = null
  previous: Exchange | null = null
  /** WAITS_* bits. */
  waits = 0
  /** A handler got it, and may hold on to it. */
  isSeen = false
  /** Whether the connection may stay open after this exchange. */
  keepAlive = false
  /** The request's minor version: 0 or 1. */
  minor = 1
  isHead = false
  /** GET, HEAD, OPTIONS or TRACE: may be handled beside its neighbours (RFC 9112, 9.3.2). */
  isSafe = true
  /** The handler waits until every earlier request of the connection is answered. */
  isHeld = false
  /** The handler failed in the middle of its answer. */
  isBroken = false
  /** The client waits for 100 (Continue) before it sends the body (RFC 9110, 10.1.1). */
  expectsContinue = false
  /** The request asks for another protocol, and `onUpgrade` takes the connection over. */
  isUpgrade = false
  /** Refused for want of capacity: it is not in flight. */
  isShed = false
  /** When the time of the handler began, ms on the wheel's clock. */
  handlerFrom = 0
  /** How long the response may take from then on; 0 for ever. */
  handlerMs = 0
  /** What the handler asked for instead of the options. */
  timeouts: RequestTimeouts | null = null
  observer: ExchangeObserver | null = null
  /** Null unless somebody wants to know what becomes of it. */
  trace: RequestTrace | null = null
  readonly head = new HeadView()
  readonly body: IncomingBody
  readonly response: ResponseWriter
  #headBytes: Buffer | null = null
  #abort: AbortController | null = null
  /** Why the signal fired, or would have. */
  #abortReason: Error | null = null

  /** What the handler's promise calls; made once per pooled object, not per request. */
  readonly onSettled: () => void
  readonly onFailed: (error: unknown) => void

  constructor() {
    this.onSettled = () => this.host?.onSettled(this)
    this.onFailed = (error) => this.host?.onFailed(this, error)
    this.body = new IncomingBody(this)
    this.response = new ResponseWriter(this)
  }

  /** Borrows the head recorded at `tape[at]`; `keepHead()` before the next parse. */
  open(host: ExchangeHost, bytes: Buffer, tape: Int32Array, at: number): void {
    this.host = host
    this.head.reset(bytes, tape, at)
    this.minor = tape[at + HEAD_MINOR] as number
    this.isHead = this.head.method === METHOD_HEAD
  }

  /** Copies what the head borrows, so that it outlives the turn. Does nothing when that is done. */
  keepHead(pool: BytePool): void {
    if (!this.head.isBorrowed) return
    this.#headBytes = pool.acquire(this.head.length)
    this.head.own(this.#headBytes)
  }

  /** Returns what `keepHead` took. `isShared`: somebody may go on reading it. */
  returnHead(pool: BytePool, isShared: boolean): void {
    if (this.#headBytes === null) return
    if (isShared) pool.discard(this.#headBytes)
    else pool.release(this.#headBytes)
    this.#headBytes = null
  }

  reset(): void {
    this.generation++
    this.host = null
    this.next = null
    this.previous = null
    this.waits = 0
    this.isSeen = false
    this.keepAlive = false
    this.minor = 1
    this.isHead = false
    this.isSafe = true
    this.isHeld = false
    this.isBroken = false
    this.expectsContinue = false
    this.isUpgrade = false
    this.isShed = false
    this.handlerFrom = 0
    this.handlerMs = 0
    this.timeouts = null
    this.observer = null
    this.trace = null
    this.head.release()
    if (this.body.isUsed) this.body.reset()
    this.response.reset()
    this.#abort = null
    this.#abortReason = null
  }

  get lines(): CommonLines {
    return (this.host as ExchangeHost).lines
  }

  get isCongested(): boolean {
    return this.host?.isCongested(this) ?? false
  }

  get mustClose(): boolean {
    const { host } = this
    if (host?.isDraining && host.isLast(this)) return true
    // A client that was never told to go on may or may not send its body: nothing after it could be told apart.
    if (this.expectsContinue && this.body.received === 0) return true
    // Skipping a long body that nobody reads costs more than a new connection.
    return this.body.isNeglected && this.body.remaining > MAX_SKIPPED_BYTES
  }

  onOutput(): void {
    if (this.trace !== null && this.response.ended) this.trace.onAnswered()
    this.host?.onOutput(this)
  }

  onBodyRoom(): void {
    if (this.expectsContinue && this.body.isWanted) this.sendContinue()
    this.host?.onBodyRoom(this)
  }

  /**
   * Asks for the body that the client holds back. An answer that has begun asks by itself; from now on the client is
   * late when it sends nothing, which the turn sees to that `onOutput` asks for.
   */
  sendContinue(): void {
    if (!this.expectsContinue) return
    this.expectsContinue = false
    if (this.response.headSent) this.onOutput()
    else if (this.body.received === 0) this.response.writeInformational(100, '')
  }

  /** @throws OPTION_INVALID */
  setTimeouts(timeouts: RequestTimeouts): void {
    checkTimeouts(timeouts)
    this.timeouts = { ...this.timeouts, ...timeouts }
    this.host?.onTimeouts(this, timeouts)
  }

  /** Breaks the connection off. */
  destroy(): void {
    this.host?.onDestroyed(this)
  }

  /** Aborts only when the client closes, or half-closes, before the response is complete. */
  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController()
      if (this.#abortReason !== null) this.#abort.abort(this.#abortReason)
    }
    return this.#abort.signal
  }

  /** The response is complete: whatever of the request's body nobody reads is skipped. */
  skipUnwantedBody(): void {
    if ((this.waits & WAITS_REQUEST) !== 0) this.body.skipUnwanted((this.waits & WAITS_HANDLER) === 0)
  }

  /** The engine answers because the request broke off. False when the handler's own answer is already half sent. */
  cut(error: Error, status: number, text: string): boolean {
    const { response } = this
    const { headSent, ended } = response
    if (this.trace !== null && !ended) this.trace.error ??= error
    this.keepAlive = false
    if (this.isHeld) {
      this.isHeld = false
      this.waits &= ~WAITS_HANDLER
    }
    this.body.fail(error)
    if (headSent) return ended
    response.answer(status, text, error)
    this.#fireSignal(error)
    return true
  }

  /** Ends the exchange early: body readers and drain waiters reject, the signal fires, writes go nowhere. */
  abort(error: Error): void {
    if (this.response.isAbandoned) return
    this.body.fail(error)
    this.response.abandon(error)
    this.#fireSignal(error)
  }

  /**
   * The client has half-closed. It may still read the answer, but most clients that do so have left (a closed tab sends
   * no more than this), so the signal fires; writing goes on.
   */
  hangUp(error: Error): void {
    if (!this.response.ended) this.#fireSignal(error)
  }

  #fireSignal(error: Error): void {
    if (this.#abortReason !== null) return
    this.#abortReason = error
    this.#abort?.abort(error)
  }
}
