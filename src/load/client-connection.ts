import type { MessageParser, ParkedMessage } from '../parser/message-parser.ts'
import {
  EVENT_BODY,
  EVENT_END,
  EVENT_HEAD,
  FLAG_KEEP_ALIVE,
  HEAD_FLAGS,
  HEAD_STATUS,
  recordLength,
} from '../parser/tape.ts'
import type { ClientSink, ClientTransport, Connect } from './client-transport.ts'
import type { FailureKind } from './failure-kinds.ts'
import type { LoadClock } from './load-clock.ts'
import type { Recorder } from './recorder.ts'
import type { PreparedRequest } from './request/prepared-request.ts'
import type { ResponseCheck } from './response-check.ts'
import type { ResponseMemo } from './response-memo.ts'

/** What a connection needs and every connection of a thread shares. */
export interface ConnectionContext {
  readonly clock: LoadClock
  readonly parser: MessageParser
  readonly recorder: Recorder
  readonly check: ResponseCheck
  readonly memo: ResponseMemo
  readonly connect: Connect
  /** Requests in flight at once, at least 1. */
  readonly pipeline: number
  /** 0: no limit. */
  readonly requestsPerConnection: number
  /** Some requests are HEAD. */
  readonly hasHead: boolean
}

/** Told what happens to a connection; the connection is not touched after it was called. */
export interface ConnectionOwner {
  /** More may be sent: the connection has opened, or responses have arrived. */
  onRoom(connection: ClientConnection, now: number): void
  /** A request that the server has not processed; it may be sent again. */
  onUnanswered(intendedMs: number): void
  /** The last event. @param hasOpened false: it could not be opened. */
  onGone(connection: ClientConnection, hasOpened: boolean, now: number): void
}

const INTERIM_BELOW = 200
const SWITCHING_PROTOCOLS = 101
const MANY_MESSAGES = 65_536
/** A server closes idle connections; one that has rested this long may be closing while a request is on its way. */
const RESTED_MS = 500

/** One connection to the target: requests in flight, oldest first, and the response that is being read. */
export class ClientConnection implements ClientSink {
  readonly openedAtMs: number
  isOpen = false
  inFlight = 0
  /** Requests sent in all. */
  sent = 0
  hasAnswered = false
  /** Why the connection closed, where the system says so. */
  error: Error | null = null
  /** Kept by the owner: waits for a request to send. */
  isWaiting = false
  readonly #context: ConnectionContext
  readonly #owner: ConnectionOwner
  readonly #transport: ClientTransport
  /** Rings: the oldest request in flight is at #first. */
  readonly #intended: Float64Array
  readonly #sentAt: Float64Array
  readonly #isHead: Uint8Array
  #first = 0
  #isGone = false
  #unwritten = ''
  #answeredAtMs = 0
  #parked: ParkedMessage | null = null
  #isInterim = false
  #isLastResponse = false
  #status = 0
  #bodyBytes = 0
  #failure: FailureKind | null = null

  constructor(context: ConnectionContext, owner: ConnectionOwner) {
    const { pipeline } = context
    this.#context = context
    this.#owner = owner
    this.#intended = new Float64Array(pipeline)
    this.#sentAt = new Float64Array(pipeline)
    this.#isHead = new Uint8Array(pipeline)
    this.openedAtMs = context.clock.now()
    this.#transport = context.connect(this)
  }

  get hasRoom(): boolean {
    const { pipeline, requestsPerConnection } = this.#context
    return (
      this.isOpen &&
      this.inFlight < pipeline &&
      (requestsPerConnection === 0 || this.sent < requestsPerConnection)
    )
  }

  /** When the oldest request in flight was sent; infinite when there is none. */
  get oldestSentMs(): number {
    return this.inFlight === 0 ? Number.POSITIVE_INFINITY : (this.#sentAt[this.#first] as number)
  }

  /** Sends a request; needs room. It leaves with `flush`. */
  send(request: PreparedRequest, intendedMs: number, now: number): void {
    const { pipeline, requestsPerConnection, recorder } = this.#context
    const slot = (this.#first + this.inFlight) % pipeline
    this.#intended[slot] = intendedMs
    this.#sentAt[slot] = now
    this.#isHead[slot] = request.isHead ? 1 : 0
    this.inFlight++
    this.sent++
    const bytes = request.bytes(this.sent === requestsPerConnection)
    recorder.onSent(bytes.length, now)
    if (typeof bytes === 'string') {
      this.#unwritten += bytes
    } else {
      this.flush()
      this.#transport.write(bytes)
    }
  }

  /** Writes what was sent since the last time: requests that leave together take one system call. */
  flush(): void {
    if (this.#unwritten === '') return
    const text = this.#unwritten
    this.#unwritten = ''
    this.#transport.write(text)
  }

  /**
   * Fails the requests that were sent before, and the connection with them: their responses could not be told from
   * others. Also a connection that began to open before and did not.
   */
  expire(sentBeforeMs: number, now: number): void {
    if (!this.isOpen) {
      if (this.openedAtMs <= sentBeforeMs) this.#leave(now)
    } else if (this.oldestSentMs <= sentBeforeMs) {
      while (this.oldestSentMs <= sentBeforeMs) this.#fail('timeout', now)
      this.#giveBack()
      this.#leave(now)
    }
  }

  /** Fails all requests in flight. */
  timeOut(now: number): void {
    while (this.inFlight > 0) this.#fail('timeout', now)
  }

  /** Closes the connection, whatever is in flight. */
  abandon(): void {
    this.#isGone = true
    this.isOpen = false
    this.#transport.destroy()
  }

  onConnect(): void {
    if (this.#isGone) return
    const { clock, recorder } = this.#context
    const now = clock.now()
    this.isOpen = true
    recorder.onConnection(now)
    this.#owner.onRoom(this, now)
  }

  onWindow(length: number): void {
    if (this.#isGone) return
    const { recorder, clock, requestsPerConnection } = this.#context
    const now = clock.now()
    recorder.onReceived(length, now)
    if (this.inFlight === 0 || !this.#read(length, now)) this.#break(now)
    if (this.#isGone) return
    if (this.inFlight === 0 && this.sent === requestsPerConnection) this.#leave(now)
    else this.#owner.onRoom(this, now)
  }

  onEnd(): void {
    if (this.#isGone) return
    const { parser, clock } = this.#context
    const now = clock.now()
    // A response may last as long as its connection (RFC 9112, 6.3).
    if (this.#parked !== null && parser.finish(this.#parked)) {
      this.#readTape(now)
    }
    if (!this.#isGone) this.#lose(now)
  }

  onClose(error: Error | null): void {
    if (this.#isGone) return
    const now = this.#context.clock.now()
    this.error = error
    if (!this.isOpen) this.#leave(now)
    else if (error === null) this.onEnd()
    else this.#lose(now)
  }

  /** Reads the window's bytes as responses. False when they are none. */
  #read(length: number, now: number): boolean {
    const { memo, hasHead } = this.#context
    // Whether a response has a body depends on its request when that may be HEAD.
    if (hasHead || this.#parked !== null) return this.#parse(length, now)
    if (memo.matches(length)) {
      this.#status = memo.status
      this.#failure = memo.failure
      this.#record(now)
      return true
    }
    const { inFlight } = this
    const isSound = this.#parse(length, now)
    const isWhole = isSound && !this.#isGone && this.#parked === null && this.inFlight === inFlight - 1
    if (isWhole) memo.keep(length, this.#status, this.#failure)
    return isSound
  }

  #parse(length: number, now: number): boolean {
    const { parser, hasHead } = this.#context
    let start = 0
    while (start < length && !this.#isGone) {
      if (hasHead) parser.skipBody = this.#isHead[this.#first] === 1
      parser.execute(start, length, this.#parked, hasHead ? 1 : MANY_MESSAGES)
      this.#parked = parser.parked
      start = parser.consumed
      const isSound = parser.failure === 0
      if (!this.#readTape(now) || !isSound) return false
    }
    return true
  }

  /** Takes what the parser found. False when it is a response, or another protocol, that nobody asked for. */
  #readTape(now: number): boolean {
    const { parser, check } = this.#context
    const { tape, tapeEnd } = parser
    for (let at = 0; at < tapeEnd && !this.#isGone; at += recordLength(tape, at)) {
      const event = tape[at]
      if (event === EVENT_HEAD) {
        const status = tape[at + HEAD_STATUS] as number
        if (this.inFlight === 0 || status === SWITCHING_PROTOCOLS) return false
        this.#isInterim = status < INTERIM_BELOW
        this.#isLastResponse = ((tape[at + HEAD_FLAGS] as number) & FLAG_KEEP_ALIVE) === 0
        this.#status = status
        this.#bodyBytes = 0
        this.#failure = check.ofStatus(status)
      } else if (event === EVENT_BODY) {
        const start = tape[at + 1] as number
        const length = tape[at + 2] as number
        if (!check.isBodyPart(this.#bodyBytes, parser.window, start, start + length)) this.#failure ??= 'body'
        this.#bodyBytes += length
      } else if (event === EVENT_END && !this.#isInterim) {
        this.#answer(now)
      }
    }
    return true
  }

  /** The response being read is complete. */
  #answer(now: number): void {
    const isHead = this.#isHead[this.#first] === 1
    if (!isHead && !this.#context.check.isBodyLength(this.#bodyBytes)) this.#failure ??= 'body'
    this.#record(now)
    if (!this.#isLastResponse) return
    this.#giveBack()
    this.#leave(now)
  }

  #record(now: number): void {
    const slot = this.#first
    const intendedMs = this.#intended[slot] as number
    this.#shift()
    this.#answeredAtMs = now
    this.hasAnswered = true
    this.#context.recorder.onResponse(
      intendedMs,
      this.#sentAt[slot] as number,
      now,
      this.#status,
      this.#failure,
    )
  }

  #shift(): void {
    this.#first = this.#first + 1 === this.#context.pipeline ? 0 : this.#first + 1
    this.inFlight--
  }

  #fail(failure: FailureKind, now: number): void {
    const intendedMs = this.#intended[this.#first] as number
    this.#shift()
    this.#context.recorder.onFailure(intendedMs, now, failure)
  }

  /** What is in flight was not processed: the server had said that it would answer nothing more (RFC 9112, 9.6). */
  #giveBack(): void {
    while (this.inFlight > 0) {
      const intendedMs = this.#intended[this.#first] as number
      this.#shift()
      this.#context.recorder.onResent(intendedMs)
      this.#owner.onUnanswered(intendedMs)
    }
  }

  /** The bytes received are no response to a request of ours. */
  #break(now: number): void {
    if (this.inFlight > 0) this.#fail('badResponse', now)
    else this.#context.recorder.onStrayFailure('badResponse', now)
    while (this.inFlight > 0) this.#fail('reset', now)
    this.#leave(now)
  }

  /** The server has closed the connection. */
  #lose(now: number): void {
    const hasRested = this.#answeredAtMs > 0 && this.oldestSentMs - this.#answeredAtMs > RESTED_MS
    // RFC 9112, 9.3.1: a client may repeat what a connection lost that the server closed while it rested.
    if (hasRested && this.#parked === null) this.#giveBack()
    while (this.inFlight > 0) this.#fail('reset', now)
    this.#leave(now)
  }

  #leave(now: number): void {
    const hasOpened = this.isOpen
    this.abandon()
    this.#owner.onGone(this, hasOpened, now)
  }
}
