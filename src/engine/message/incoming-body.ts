import { Buffer } from 'node:buffer'
import { NovaError } from '../../errors.ts'

/** What has arrived of the body. */
export const BODY_ABSENT = 0
export const BODY_ARRIVING = 1
export const BODY_COMPLETE = 2
export const BODY_FAILED = 3

/** What becomes of it. */
const UNREAD = 0
const COLLECTED = 1
const ITERATED = 2
const DISCARDED = 3
/** Handed on as it arrives. */
const FED = 4

/** Told when a consumer has made room, or wants the body for the first time. */
export interface BodyOwner {
  onBodyRoom(): void
}

/** Trailer fields by lower-case name, repeated ones joined with ', '. */
export type Trailers = ReadonlyMap<string, string>

/** Takes a body as it arrives, at its own pace. Called in the connection's turn. */
export interface BodySink {
  /** A chunk of its own. False: nothing more until `resume()`. */
  onBodyChunk(chunk: Buffer): boolean
  /** `rawTrailers`: names and values in turn, as they were sent. */
  onBodyEnd(trailers: Trailers, rawTrailers: readonly string[]): void
  /** The rest will never come. */
  onBodyFailed(error: Error): void
}

const EMPTY = Buffer.alloc(0)
const NO_TRAILERS: Trailers = new Map()
const NO_RAW_TRAILERS: readonly string[] = []
const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined })

/**
 * The body of one incoming message, between the parser's spans and a consumer. Pooled with its exchange. Chunks are
 * copies owned by whoever takes them. Beyond the high-water mark `isFull` asks the connection to stop reading.
 */
export class IncomingBody {
  state = BODY_ABSENT
  /** Bytes received so far. */
  received = 0
  /** Those that nobody will read. Counted by the connection. */
  skipped = 0
  #use = UNREAD
  #chunks: Buffer[] = []
  #buffered = 0
  #limit = Number.POSITIVE_INFINITY
  #announced = -1
  #highWaterBytes = 0
  #error: Error | null = null
  #sink: BodySink | null = null
  /** The sink asked for nothing more. */
  #isHalted = false
  #resolveChunk: ((result: IteratorResult<Uint8Array, undefined>) => void) | null = null
  #resolveWhole: ((body: Buffer) => void) | null = null
  #reject: ((error: Error) => void) | null = null
  #trailers: Trailers = NO_TRAILERS
  #rawTrailers = NO_RAW_TRAILERS
  #trailerWaiters: { resolve: (trailers: Trailers) => void; reject: (error: Error) => void }[] | null = null
  readonly #owner: BodyOwner

  constructor(owner: BodyOwner) {
    this.#owner = owner
  }

  /** Starts a new message. `announced` is its Content-Length, -1 when unknown. */
  open(announced: number, highWaterBytes: number): void {
    this.state = BODY_ARRIVING
    this.#announced = announced
    this.#highWaterBytes = highWaterBytes
  }

  reset(): void {
    this.state = BODY_ABSENT
    this.received = 0
    this.skipped = 0
    this.#use = UNREAD
    if (this.#chunks.length > 0) this.#chunks = []
    this.#buffered = 0
    this.#limit = Number.POSITIVE_INFINITY
    this.#announced = -1
    this.#error = null
    this.#sink = null
    this.#isHalted = false
    this.#resolveChunk = null
    this.#resolveWhole = null
    this.#reject = null
    this.#trailers = NO_TRAILERS
    this.#rawTrailers = NO_RAW_TRAILERS
    this.#trailerWaiters = null
  }

  /** True unless it is as new: an absent body, too, can have been read. */
  get isUsed(): boolean {
    return this.state !== BODY_ABSENT || this.#use !== UNREAD
  }

  /** True when the connection should stop reading until `onBodyRoom`. */
  get isFull(): boolean {
    if (this.#use === FED) return this.#isHalted
    return this.#buffered >= this.#highWaterBytes && (this.#use === UNREAD || this.#use === ITERATED)
  }

  /** True when nobody will ever read the rest. */
  get isDiscarded(): boolean {
    return this.#use === DISCARDED
  }

  /** True while bytes are to come that nobody has asked for. */
  get isNeglected(): boolean {
    return this.state === BODY_ARRIVING && (this.#use === UNREAD || this.#use === DISCARDED)
  }

  /** Announced bytes still to come; 0 when the length is unknown. */
  get remaining(): number {
    return this.#announced < 0 ? 0 : this.#announced - this.received
  }

  /** Takes window[start, start + length) into the queue, or to the consumer that waits for it. */
  push(window: Buffer, start: number, length: number): void {
    this.received += length
    if (this.#use === DISCARDED || this.state !== BODY_ARRIVING) return
    if (this.received > this.#limit) {
      this.#refuse(new NovaError('BODY_TOO_LARGE'))
      return
    }
    const chunk = Buffer.allocUnsafe(length)
    window.copy(chunk, 0, start, start + length)
    const resolve = this.#resolveChunk
    if (this.#sink !== null) {
      this.#isHalted = !this.#sink.onBodyChunk(chunk)
    } else if (resolve !== null) {
      this.#resolveChunk = null
      this.#reject = null
      resolve({ done: false, value: chunk })
    } else {
      this.#chunks.push(chunk)
      this.#buffered += length
    }
  }

  /** The message is complete. */
  finish(): void {
    if (this.state !== BODY_ARRIVING) return
    this.state = BODY_COMPLETE
    this.#sink?.onBodyEnd(this.#trailers, this.#rawTrailers)
    const { resolveChunk, resolveWhole } = this.#takeWaiters()
    resolveChunk?.(DONE)
    resolveWhole?.(this.#takeAll())
    const waiters = this.#trailerWaiters
    this.#trailerWaiters = null
    if (waiters !== null) for (const waiter of waiters) waiter.resolve(this.#trailers)
  }

  /** The fields behind the body, known once it is complete. Rejects with the error that ended it early. */
  trailers(): Promise<Trailers> {
    if (this.state === BODY_FAILED) return Promise.reject(this.#error)
    if (this.state !== BODY_ARRIVING) return Promise.resolve(this.#trailers)
    return new Promise((resolve, reject) => {
      this.#trailerWaiters ??= []
      this.#trailerWaiters.push({ resolve, reject })
    })
  }

  /** The trailer section has arrived. */
  setTrailers(trailers: Trailers, raw: readonly string[]): void {
    this.#trailers = trailers
    this.#rawTrailers = raw
  }

  /** The rest will never come: whoever waits, or asks later, gets `error`. */
  fail(error: Error): void {
    if (this.state !== BODY_ARRIVING) return
    this.state = BODY_FAILED
    this.#error = error
    this.#sink?.onBodyFailed(error)
    this.#takeWaiters().reject?.(error)
    const waiters = this.#trailerWaiters
    this.#trailerWaiters = null
    if (waiters !== null) for (const waiter of waiters) waiter.reject(error)
  }

  /** Somebody reads what is still to come. */
  get isWanted(): boolean {
    if (this.state !== BODY_ARRIVING) return false
    return this.#use === COLLECTED || this.#use === ITERATED || this.#use === FED
  }

  /**
   * The response is complete: drops a body that nobody has begun to read, and, once the handler `hasSettled`, one whose
   * reader may never come back for the rest. A body that is collected needs nobody to come back.
   */
  skipUnwanted(hasSettled: boolean): void {
    if (this.#use === UNREAD) this.#discard()
    else if (this.#use === ITERATED && hasSettled && this.state === BODY_ARRIVING) {
      this.fail(new NovaError('EXCHANGE_ENDED'))
      this.#discard()
    }
  }

  /** The reader leaves: drops what is buffered and whatever still comes. */
  leave(): void {
    this.#discard()
    this.#takeWaiters().resolveChunk?.(DONE)
    this.#owner.onBodyRoom()
  }

  /**
   * The whole body in one buffer. Rejects with BODY_TOO_LARGE beyond `limit` bytes, BODY_CONSUMED when somebody
   * already reads it, or the error that ended the message early.
   */
  collect(limit: number): Promise<Buffer> {
    if (this.#use !== UNREAD) return Promise.reject(new NovaError('BODY_CONSUMED'))
    this.#use = COLLECTED
    if (this.#announced > limit || this.received > limit) {
      const error = new NovaError('BODY_TOO_LARGE')
      this.#refuse(error)
      return Promise.reject(error)
    }
    if (this.state === BODY_FAILED) return Promise.reject(this.#error)
    if (this.state !== BODY_ARRIVING) return Promise.resolve(this.#takeAll())
    this.#limit = limit
    return new Promise((resolve, reject) => {
      this.#resolveWhole = resolve
      this.#reject = reject
      this.#owner.onBodyRoom()
    })
  }

  /** Hands the body on to `sink`: what has arrived now, the rest as it comes, also after the response. */
  feed(sink: BodySink): void {
    const chunks = this.#chunks
    this.#use = FED
    this.#sink = sink
    this.#drop()
    for (const chunk of chunks) this.#isHalted = !sink.onBodyChunk(chunk)
    if (this.state === BODY_COMPLETE) sink.onBodyEnd(this.#trailers, this.#rawTrailers)
    else if (this.state === BODY_FAILED) sink.onBodyFailed(this.#error as Error)
  }

  /** The sink takes more. */
  resume(): void {
    if (!this.#isHalted) return
    this.#isHalted = false
    this.#owner.onBodyRoom()
  }

  /** Begins to take the body chunk by chunk. @throws BODY_CONSUMED */
  iterate(): void {
    if (this.#use !== UNREAD) throw new NovaError('BODY_CONSUMED')
    this.#use = ITERATED
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#use === DISCARDED && this.#error === null) return Promise.resolve(DONE)
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) {
      const wasFull = this.isFull
      this.#buffered -= chunk.length
      if (wasFull && !this.isFull) this.#owner.onBodyRoom()
      return Promise.resolve({ done: false, value: chunk })
    }
    if (this.state === BODY_FAILED) return Promise.reject(this.#error)
    if (this.state !== BODY_ARRIVING) return Promise.resolve(DONE)
    return new Promise((resolve, reject) => {
      this.#resolveChunk = resolve
      this.#reject = reject
      this.#owner.onBodyRoom()
    })
  }

  #refuse(error: NovaError): void {
    this.#use = DISCARDED
    const { reject } = this.#takeWaiters()
    this.#drop()
    reject?.(error)
    this.#owner.onBodyRoom()
  }

  #discard(): void {
    this.#use = DISCARDED
    this.#drop()
  }

  #drop(): void {
    this.#chunks = []
    this.#buffered = 0
  }

  #takeAll(): Buffer {
    const chunks = this.#chunks
    if (chunks.length === 0) return EMPTY
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, this.#buffered)
    this.#drop()
    return body
  }

  #takeWaiters() {
    const waiters = {
      resolveChunk: this.#resolveChunk,
      resolveWhole: this.#resolveWhole,
      reject: this.#reject,
    }
    this.#resolveChunk = null
    this.#resolveWhole = null
    this.#reject = null
    return waiters
  }
}
