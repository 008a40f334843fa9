import type { RefusalCode } from '../../errors.ts'
import { isSafeMethod, METHOD_CONNECT, METHOD_HEAD } from '../../http/methods.ts'
import type { ParkedMessage } from '../../parser/message-parser.ts'
import {
  contentLength,
  EVENT_BODY,
  EVENT_END,
  EVENT_HEAD,
  EVENT_TRAILERS,
  FLAG_CARRIED,
  FLAG_HAS_BODY,
  FLAG_KEEP_ALIVE,
  FLAG_UPGRADE,
  HEAD_FLAGS,
  HEAD_METHOD,
  recordLength,
} from '../../parser/tape.ts'
import {
  type Exchange,
  type ExchangeHost,
  MAX_SKIPPED_BYTES,
  WAITS_HANDLER,
  WAITS_REQUEST,
  WAITS_RESPONSE,
} from '../message/exchange.ts'
import { checkHead, FLAG_EXPECTS_CONTINUE } from '../message/head-rules.ts'
import { readTrailers } from '../message/request-trailers.ts'
import type { Answers } from './answers.ts'
import type { Environment } from './environment.ts'
import { refusalOf } from './refusals.ts'

const NO_BYTES = Buffer.alloc(0)

/** The connection, as its input sees it. */
export interface InputHost extends ExchangeHost {
  refuse(code: RefusalCode, isHead: boolean): void
  /** Hands what the turn has collected so far to the transport; the client may turn out to be behind. */
  flush(): void
}

/** From bytes to exchanges: what one connection has received and not yet answered. */
export class Input {
  /** The exchange whose request is not complete. */
  incoming: Exchange | null = null
  /** No further request is read: the last one arrived, the peer half-closed, or input was refused. */
  isLast = false
  /** The last request asks for another protocol: what follows it is kept unparsed. */
  isUpgrading = false
  /** The client is behind in reading answers: no new request of it is begun. */
  isCongested = false
  /** Requests begun. */
  requests = 0
  #parked: ParkedMessage | null = null
  /** Bytes that cannot be parsed yet: too many requests in flight, or a full body. */
  #backlog: Buffer | null = null
  readonly #env: Environment
  readonly #host: InputHost
  readonly #answers: Answers

  constructor(env: Environment, host: InputHost, answers: Answers) {
    this.#env = env
    this.#host = host
    this.#answers = answers
  }

  /** True when nothing that arrives will be looked at any more. */
  get isDeaf(): boolean {
    return this.isLast && this.incoming === null
  }

  /** True in the middle of a request head. */
  get isMidHead(): boolean {
    return this.isMidMessage && this.incoming === null
  }

  get isMidMessage(): boolean {
    return this.#parked !== null && !this.#parked.isEmptyLine
  }

  get hasBacklog(): boolean {
    return this.#backlog !== null
  }

  /** Whether the next bytes may be parsed now. A body goes on while its reader keeps up. */
  get canParse(): boolean {
    if (this.incoming !== null) return !this.incoming.body.isFull
    const { last, size } = this.#answers
    if (last === null) return !this.isCongested
    // RFC 9112, 9.3.2: requests after an unsafe method wait until that one is answered.
    return size < this.#env.options.maxPipelined && !this.isCongested && (last.isSafe || last.response.ended)
  }

  /** Stops looking at input, in the middle of a message or between two. */
  end(): void {
    this.isLast = true
    this.incoming = null
    this.#backlog = null
    if (this.#parked !== null) this.#env.parser.abandon(this.#parked)
    this.#parked = null
  }

  /** The last answer is out: goes on only with a body that its handler still reads. */
  finish(): void {
    this.isLast = true
    const { incoming } = this
    if (incoming === null || (incoming.waits & WAITS_REQUEST) === 0) this.end()
  }

  /** Parses window[start, end) and begins what it asks for. What cannot be parsed yet is kept. */
  parse(start: number, end: number): void {
    const { parser, options, output } = this.#env
    const answers = this.#answers
    while (start < end && !this.isDeaf) {
      if (!this.canParse) {
        this.#putBack(parser.window.subarray(start, end))
        return
      }
      parser.execute(start, end, this.#parked, Math.max(1, options.maxPipelined - answers.size))
      this.#parked = parser.parked
      start = parser.consumed
      this.#consume()
      if (parser.failure !== 0 && !this.isDeaf) this.#host.refuse(refusalOf(parser.failure), false)
      answers.collect()
      if (answers.isFinal) this.finish()
      if (answers.size > 0) answers.ownHeads()
      // One read holds a thousand requests, and their answers may be a thousand times as large.
      if (output.size > options.highWaterBytes) this.#host.flush()
    }
    if (this.isUpgrading && start < end) this.#putBack(parser.window.subarray(start, end))
  }

  /** What arrived behind an upgrade request. */
  takeUpgradeHead(): Buffer {
    const head = this.#backlog ?? NO_BYTES
    this.#backlog = null
    this.isUpgrading = false
    return head
  }

  /** Copies bytes for later. Bounded by the transport being paused as soon as there are any. */
  keep(bytes: Uint8Array): void {
    this.#backlog = this.#backlog === null ? Buffer.from(bytes) : Buffer.concat([this.#backlog, bytes])
  }

  /** Parses what was kept, as far as it may be parsed now. True when some of it is left that could go on at once. */
  parseBacklog(): boolean {
    const backlog = this.#backlog
    if (backlog === null || !this.canParse) return false
    const { window } = this.#env.parser
    const rest = backlog.length > window.length ? backlog.subarray(window.length) : null
    const length = backlog.copy(window)
    this.#backlog = rest
    this.parse(0, length)
    if (this.isDeaf && !this.isUpgrading) this.#backlog = null
    return this.#backlog !== null && this.canParse
  }

  /** Copies the rest of what is being parsed. Whatever was kept meanwhile has arrived after it. */
  #putBack(bytes: Uint8Array): void {
    this.#backlog = this.#backlog === null ? Buffer.from(bytes) : Buffer.concat([bytes, this.#backlog])
  }

  #consume(): void {
    const { tape, tapeEnd } = this.#env.parser
    for (let at = 0; at < tapeEnd && !this.isDeaf; at += recordLength(tape, at)) {
      switch (tape[at]) {
        case EVENT_HEAD:
          this.#onHead(tape, at)
          break
        case EVENT_BODY:
          this.#onBody(tape[at + 1] as number, tape[at + 2] as number)
          break
        case EVENT_TRAILERS:
          this.#onTrailers(tape, at)
          break
        case EVENT_END:
          this.#onMessageEnd()
          break
      }
    }
  }

  #onHead(tape: Int32Array, at: number): void {
    const env = this.#env
    const flags = tape[at + HEAD_FLAGS] as number
    const bytes = (flags & FLAG_CARRIED) === 0 ? env.parser.window : env.parser.carried
    const refusal = checkHead(bytes, tape, at, env.acceptsUpgrade, env.allowances)
    if (refusal !== null) {
      this.#host.refuse(refusal, tape[at + HEAD_METHOD] === METHOD_HEAD)
      return
    }
    if (!env.admit()) {
      this.end()
      return
    }
    const { maxRequestsPerConnection, highWaterBytes } = env.options
    const answers = this.#answers
    const exchange = env.acquire()
    exchange.open(this.#host, bytes, tape, at)
    exchange.isSafe = isSafeMethod(exchange.head.method)
    exchange.waits = WAITS_HANDLER | WAITS_RESPONSE | WAITS_REQUEST
    this.requests++
    exchange.keepAlive = (flags & FLAG_KEEP_ALIVE) !== 0 && this.requests !== maxRequestsPerConnection
    if ((flags & FLAG_HAS_BODY) !== 0) {
      exchange.body.open(contentLength(tape, at), highWaterBytes)
      exchange.expectsContinue = ((tape[at + HEAD_FLAGS] as number) & FLAG_EXPECTS_CONTINUE) !== 0
    } else {
      exchange.isUpgrade = env.acceptsUpgrade && isUpgrade(exchange, flags) && env.mayUpgrade(exchange)
    }
    this.incoming = exchange
    // Not safe to run beside its predecessors (RFC 9112, 9.3.2): the handler waits for its turn to write.
    exchange.isHeld = exchange.isUpgrade || (!exchange.isSafe && answers.writing !== null)
    if (!exchange.isUpgrade) exchange.trace = env.observation.trace(exchange)
    answers.push(exchange)
    if (!exchange.isHeld) answers.dispatch(exchange)
  }

  #onBody(start: number, length: number): void {
    const exchange = this.incoming as Exchange
    const { body } = exchange
    body.push(this.#env.parser.window, start, length)
    if (!body.isDiscarded) return
    body.skipped += length
    if (body.skipped <= MAX_SKIPPED_BYTES) return
    exchange.keepAlive = false
    this.end()
    this.#answers.completeRequest(exchange)
  }

  #onTrailers(tape: Int32Array, at: number): void {
    const { window, carried } = this.#env.parser
    const flags = tape[at + HEAD_FLAGS] as number
    const { body } = this.incoming as Exchange
    readTrailers(body, (flags & FLAG_CARRIED) === 0 ? window : carried, tape, at)
  }

  #onMessageEnd(): void {
    const exchange = this.incoming as Exchange
    this.incoming = null
    this.isUpgrading = exchange.isUpgrade
    if (!exchange.keepAlive || exchange.isUpgrade) this.isLast = true
    // A client that sent a body of no bytes did not wait to be told to (RFC 9110, 10.1.1).
    exchange.expectsContinue = false
    exchange.body.finish()
    this.#answers.completeRequest(exchange)
  }
}

/** RFC 9110, 7.8: Upgrade means nothing on HTTP/1.0, unlike CONNECT. */
const isUpgrade = (exchange: Exchange, flags: number): boolean =>
  (flags & FLAG_UPGRADE) !== 0 && (exchange.minor > 0 || exchange.head.method === METHOD_CONNECT)
