import { FreeList } from '../pool/free-list.ts'
import type { Build } from './binary.ts'
import {
  headFailure,
  PARSE_INVALID_CHUNK,
  PARSE_INVALID_LINE_END,
  PARSE_INVALID_METHOD,
  PARSE_INVALID_TRAILER,
  PARSE_INVALID_VERSION,
  PARSE_OK,
  PARSE_TLS_RECORD,
} from './failures.ts'
import { LimitCheck } from './limit-check.ts'
import { Llhttp } from './llhttp.ts'
import {
  FINISH_AT_END,
  HPE_OK,
  HPE_PAUSED,
  STATE_FINISH,
  STATE_MAJOR,
  STATE_MINOR,
  TYPE_REQUEST,
  TYPE_RESPONSE,
} from './memory-map.ts'
import { ParkedMessage } from './parked-message.ts'
import { PHASE_BODY, PHASE_HEAD, PHASE_NONE, PHASE_TRAILERS } from './phases.ts'
import { Recorder } from './recorder.ts'
import { bareLineEndPosition, judgeVersion, skipEmptyLines } from './start-line.ts'
import { FIELD_INTS } from './tape.ts'

export type { ParkedMessage } from './parked-message.ts'

export interface MessageParserOptions {
  readonly mode: 'request' | 'response'
  /** From the first byte of the start line to the end of the empty line. */
  readonly maxHeadBytes: number
  readonly maxTargetBytes: number
  /** In a head, and again in a trailer section; at least 1. */
  readonly maxFields: number
  /** Of a trailer section's field lines; 0 allows an empty one only. */
  readonly maxTrailerBytes: number
  /** In all chunks of one message. */
  readonly maxChunkExtensionBytes: number
  /** Default 65536. */
  readonly windowBytes?: number
  readonly build?: Build
}

const DEFAULT_WINDOW_BYTES = 65_536
/** First byte of a TLS connection (RFC 8446, 5.1). */
const TLS_HANDSHAKE = 0x16
const LF = 0x0a
const NO_BYTES = Buffer.alloc(0)
/** Cut messages kept for reuse; their room is two buffers of a few hundred bytes. */
const POOLED_MESSAGES = 4_096
/** For the fixed parts of a section that an earlier read began, and of the trailers behind a body that one began. */
const TAPE_SLACK_INTS = 64

/**
 * Turns bytes into a tape of events (tape.ts). One parser serves every connection of a thread: what a connection has to
 * keep in the middle of a message is a ParkedMessage, between messages nothing. Nothing is called back, nothing throws.
 */
export class MessageParser {
  readonly build: Build
  /** Sockets read straight into it; its bytes are valid until the next read. */
  readonly window: Buffer
  readonly tape: Int32Array
  tapeEnd = 0
  /** First window byte that was not parsed: the end given, unless parsing stopped or failed before. */
  consumed = 0
  /** PARSE_*. After a failure the connection's bytes mean nothing any more. */
  failure = PARSE_OK
  /** For the next `execute` of the same connection; null between messages and after a failure. */
  parked: ParkedMessage | null = null
  /** Bytes of the section on the tape that has FLAG_CARRIED. */
  carried: Buffer = NO_BYTES
  readonly parkedMessages = new FreeList<ParkedMessage>({
    create: () => new ParkedMessage(),
    capacity: POOLED_MESSAGES,
  })
  readonly #llhttp: Llhttp
  readonly #recorder: Recorder
  readonly #limits: LimitCheck
  readonly #isResponse: boolean

  constructor(options: MessageParserOptions) {
    const { mode, windowBytes = DEFAULT_WINDOW_BYTES, maxFields } = options
    // No message makes more integers than it has bytes, except for fields that came in an earlier read.
    const tapeInts = windowBytes + FIELD_INTS * maxFields + TAPE_SLACK_INTS
    const isResponse = mode === 'response'
    const recorder = new Recorder(isResponse, tapeInts, options)
    const llhttp = new Llhttp(isResponse ? TYPE_RESPONSE : TYPE_REQUEST, windowBytes, options.build, recorder)
    recorder.attach(llhttp.bytes, llhttp.ints, llhttp.state, llhttp.base)
    this.build = llhttp.build
    this.window = llhttp.window
    this.tape = recorder.tape
    this.#llhttp = llhttp
    this.#recorder = recorder
    this.#limits = new LimitCheck(llhttp, recorder, options)
    this.#isResponse = isResponse
  }

  /** False: a request with Upgrade is an ordinary one (RFC 9110, 7.8). Default false. */
  get acceptUpgrade(): boolean {
    return this.#recorder.acceptUpgrade
  }

  set acceptUpgrade(accept: boolean) {
    this.#recorder.acceptUpgrade = accept
  }

  /** True while the responses parsed answer HEAD (RFC 9112, 6.3). Default false. */
  get skipBody(): boolean {
    return this.#recorder.skipBody
  }

  set skipBody(skip: boolean) {
    this.#recorder.skipBody = skip
  }

  /**
   * Parses window[start, end). Stops after `budget` complete messages; after a message that ends persistence; after a
   * request with an unsafe method, beside which no other may be handled (RFC 9112, 9.3.2); after an upgrade; at a failure.
   */
  execute(start: number, end: number, parked: ParkedMessage | null, budget: number): void {
    this.#execute(start, end, parked, budget)
    if (parked !== null && this.parked !== parked) this.abandon(parked)
  }

  /** Takes back a message that will not go on: its connection has ended. */
  abandon(parked: ParkedMessage): void {
    parked.reset()
    this.parkedMessages.release(parked)
  }

  #execute(start: number, end: number, parked: ParkedMessage | null, budget: number): void {
    const llhttp = this.#llhttp
    const recorder = this.#recorder
    const limit = llhttp.base + end
    let at = llhttp.base + start
    this.failure = PARSE_OK
    this.parked = null
    recorder.budget = budget
    recorder.cursor = at
    recorder.limit = limit
    if (parked === null || parked.phase === PHASE_NONE) {
      recorder.phase = PHASE_NONE
      recorder.tapeEnd = 0
      llhttp.reset()
      if (parked !== null && !this.#endEmptyLine(at)) return
    } else {
      llhttp.restore(parked.state)
      recorder.unpark(parked, at)
    }
    for (;;) {
      const result = llhttp.execute(at, limit)
      if (result === HPE_OK) {
        if (recorder.phase === PHASE_NONE) this.#rest(end, parked)
        else this.#park(start, end, parked)
        break
      }
      at = llhttp.errorPosition
      if (result !== HPE_PAUSED) {
        this.#fail(at, result)
        break
      }
      if (recorder.phase !== PHASE_NONE && !this.#passBoundary(at, start, parked)) break
      if (recorder.phase === PHASE_NONE && recorder.isDone) {
        this.consumed = at - llhttp.base
        break
      }
      recorder.cursor = at
      llhttp.resume()
    }
    this.tapeEnd = recorder.tapeEnd
  }

  /**
   * The peer will send nothing more. True when it may end here: between messages, or in a response body that lasts as
   * long as its connection, which then gets its END.
   */
  finish(parked: ParkedMessage | null): boolean {
    this.#recorder.tapeEnd = 0
    this.tapeEnd = 0
    this.parked = null
    if (parked === null) return true
    const finish = new Uint8Array(parked.state.buffer)[STATE_FINISH]
    if (finish !== FINISH_AT_END) return false
    this.#recorder.endMessage()
    this.tapeEnd = this.#recorder.tapeEnd
    return true
  }

  /** An empty line was cut behind its CR: the next byte, at the address `at`, has to be its LF. */
  #endEmptyLine(at: number): boolean {
    const isEnded = this.#llhttp.bytes[at] === LF
    if (isEnded) this.#recorder.cursor = at + 1
    else this.#stopAt(at, PARSE_INVALID_LINE_END)
    this.tapeEnd = 0
    return isEnded
  }

  /** The bytes ended between two messages, or in the empty lines in front of one. */
  #rest(end: number, parked: ParkedMessage | null): void {
    const { bytes, base } = this.#llhttp
    const limit = base + end
    const at = skipEmptyLines(bytes, this.#recorder.cursor, limit)
    this.consumed = end
    if (at === limit) return
    const position = bareLineEndPosition(bytes, at)
    if (position < limit) {
      this.#stopAt(position, PARSE_INVALID_LINE_END)
      return
    }
    // Only that the line is cut has to be known; a message of the same connection may have left its room.
    this.parked = parked ?? this.parkedMessages.acquire()
    this.parked.phase = PHASE_NONE
  }

  /** llhttp paused at `at`, behind a head whose end only it knows or behind a chunked message. False on failure. */
  #passBoundary(at: number, start: number, parked: ParkedMessage | null): boolean {
    const recorder = this.#recorder
    if (!this.#checkLimits(at)) return false
    const isHead = recorder.phase === PHASE_HEAD
    const { isCarried } = recorder
    if (isCarried && parked !== null) {
      parked.append(this.window, start, at - this.#llhttp.base)
      this.carried = parked.takeBytes()
    }
    const bytes = isCarried ? this.carried : this.#llhttp.bytes
    const origin = isCarried ? 0 : recorder.origin
    const isSound = isHead ? recorder.closeHead(at, bytes, origin) : recorder.closeTrailers(at, bytes, origin)
    if (!isSound) this.#stopAt(at, recorder.fault)
    return isSound
  }

  /** The bytes ended in the middle of a message. */
  #park(start: number, end: number, parked: ParkedMessage | null): void {
    const llhttp = this.#llhttp
    const recorder = this.#recorder
    if (!this.#checkLimits(llhttp.base + end)) return
    const message = parked ?? this.parkedMessages.acquire()
    if (recorder.phase !== PHASE_BODY) {
      message.append(this.window, recorder.isCarried ? start : recorder.origin - llhttp.base, end)
    }
    recorder.park(message)
    llhttp.save(message.state)
    this.parked = message
    this.consumed = end
  }

  #checkLimits(at: number): boolean {
    const limits = this.#limits
    if (limits.passes(at)) return true
    this.#stopAt(limits.position, limits.failure)
    return false
  }

  #fail(at: number, errno: number): void {
    // Only a bare line end stops llhttp between messages.
    if (this.#recorder.phase === PHASE_NONE) at = this.#recorder.cursor
    if (this.#checkLimits(at)) this.#stopAt(at, this.#failureOf(errno, at))
  }

  #stopAt(at: number, failure: number): void {
    const recorder = this.#recorder
    if (recorder.phase === PHASE_HEAD || recorder.phase === PHASE_TRAILERS) recorder.dropSection()
    this.failure = failure
    this.consumed = at - this.#llhttp.base
  }

  #failureOf(errno: number, at: number): number {
    const { phase, isChunked, origin, fault } = this.#recorder
    if (phase === PHASE_TRAILERS) return PARSE_INVALID_TRAILER
    if (phase === PHASE_BODY && isChunked) return PARSE_INVALID_CHUNK
    if (fault !== PARSE_OK) return fault
    const failure = headFailure(errno)
    const { bytes, state } = this.#llhttp
    if (failure === PARSE_INVALID_VERSION && !this.#isResponse) {
      return judgeVersion(bytes[state + STATE_MAJOR] as number, bytes[state + STATE_MINOR] as number)
    }
    const isTls = failure === PARSE_INVALID_METHOD && at === origin && bytes[at] === TLS_HANDSHAKE
    return isTls ? PARSE_TLS_RECORD : failure
  }
}
