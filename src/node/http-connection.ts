import { Buffer } from 'node:buffer'
import type { Duplex } from 'node:stream'
import type { Exchange, ExchangeObserver } from '../engine/message/exchange.ts'
import { Output } from '../engine/message/output.ts'
import type { Transport } from '../engine/transport/transport.ts'
import { responseFinish } from './channels.ts'
import { abortedError } from './client-errors.ts'
import { ConnectionContext } from './connection-context.ts'
import type { DropIn } from './drop-in.ts'
import { HttpSocket, type SocketLink } from './http-socket.ts'
import type { StreamOptions } from './light-request.ts'
import { markFinished, takeNeedDrain } from './native.ts'
import { dumpUnread, type HttpRequest } from './request.ts'
import { closeLater, emitClose, type HttpResponse, makeResponse } from './response.ts'
import { EXCHANGE, HAS_OWN_TICK } from './symbols.ts'

type WriteCallback = (error?: Error | null) => void

/** The socket of a response: which one it is written for, as Node's OutgoingMessage asks. */
export type ResponseSocket = Duplex & {
  _httpMessage?: HttpResponse | null
  timeout?: number
  _unrefTimer?: () => void
}

const runTick = (connection: HttpConnection, last: HttpResponse | null): void => connection.onTick(last)
const closedError = (): Error =>
  Object.assign(new Error('The connection closed before everything was written.'), { code: 'ECONNRESET' })
// What an idle connection has instead of empty arrays of its own. Never pushed to.
const NO_CALLBACKS: WriteCallback[] = []
const NO_RESPONSES: HttpResponse[] = []
/** Of the newest connection; it is as a rule that of all. */
let newestOptions: StreamOptions = { highWaterMark: 0 }

/** Somebody is told when the response is finished. */
const isWatched = (response: HttpResponse): boolean =>
  response._eventsCount > 0 || responseFinish.hasSubscribers

/**
 * One connection as node:http has it: a socket and the responses on it. `current` is the response that owns the
 * socket, from its request, or from the end of the one before, until its 'finish'; later ones queue.
 */
export class HttpConnection implements SocketLink, ExchangeObserver {
  readonly dropIn: DropIn
  readonly socket: ResponseSocket
  readonly transport: Transport
  /** Of its requests. */
  readonly streamOptions: StreamOptions
  readonly context: ConnectionContext
  /** Requests begun. */
  requests = 0
  current: HttpResponse | null = null
  isUpgraded = false
  /** The request that `shouldUpgradeCallback` was asked about, until its event comes. */
  asked: HttpRequest | null = null
  askedFor: Exchange | null = null
  #queue = NO_RESPONSES
  /** Of the last request or answer, to find what is not written yet. */
  #latest: Exchange | null = null
  #latestGeneration = 0
  #callbacks = NO_CALLBACKS
  /** Ended at once, their 'finish' to come. */
  #ended = NO_RESPONSES
  #isTicking = false
  #awaitsDrain = false

  constructor(dropIn: DropIn, socket: ResponseSocket, transport: Transport) {
    this.dropIn = dropIn
    this.socket = socket
    this.transport = transport
    this.context = new ConnectionContext(socket)
    const highWaterMark = socket.readableHighWaterMark
    if (newestOptions.highWaterMark !== highWaterMark) newestOptions = { highWaterMark }
    this.streamOptions = newestOptions
  }

  /** Makes the response to `request` and gives it the socket, or a place in the queue for it. */
  open(request: HttpRequest, exchange: Exchange): HttpResponse {
    const response = makeResponse(this, request, exchange)
    exchange.observer = this
    this.#remember(exchange)
    if (this.current === null) this.#assign(response)
    else if (this.#queue.length === 0) this.#queue = [response]
    else this.#queue.push(response)
    return response
  }

  /** Responses that are not sent to their end. */
  get unfinished(): HttpResponse[] {
    return this.current === null ? this.#queue : [this.current, ...this.#queue]
  }

  // The socket's side.

  get takesOutput(): boolean {
    return this.current !== null && this.current[EXCHANGE] !== null
  }

  get pendingBytes(): number {
    return this.current?.[EXCHANGE]?.response.output.size ?? 0
  }

  write(
    chunk: string | Uint8Array,
    encoding: BufferEncoding | undefined,
    callback: WriteCallback | undefined,
  ) {
    const response = this.current as HttpResponse
    const exchange = response[EXCHANGE] as Exchange
    const writer = exchange.response
    if (writer.isAbandoned) {
      if (callback) process.nextTick(callback, closedError())
      return false
    }
    writer.beginReady(response.statusCode)
    append(writer.output, chunk, encoding)
    exchange.onOutput()
    if (callback) this.#call(callback)
    const { isCongested } = exchange
    // Since Node 26 a response that holds its chunks for a tick has asked for 'drain' before any of them comes here.
    if (isCongested || response.writableNeedDrain) this.#awaitDrain(exchange)
    return !isCongested
  }

  salvage(): void {
    const latest = this.#latest
    if (latest === null || latest.generation !== this.#latestGeneration) return
    const ready = new Output()
    const { reactor } = this.dropIn
    if (reactor.current !== null && reactor.current === latest.host) reactor.output.moveTo(ready)
    let exchange: Exchange | null = latest
    while (exchange.previous !== null) exchange = exchange.previous
    for (; exchange !== null; exchange = exchange.next) {
      exchange.response.output.moveTo(ready)
      if (!exchange.response.ended) break
    }
    if (ready.size === 0) return
    if (ready.chunks === null) this.transport.write(ready.text)
    else this.transport.writeAll(ready.chunks, ready.text)
  }

  /** The socket is closed. */
  onClose(): void {
    const { current } = this
    const unfinished = current === null ? [] : [current, ...this.#queue]
    this.#queue = NO_RESPONSES
    const callbacks = this.#callbacks
    this.#callbacks = NO_CALLBACKS
    for (const { req } of unfinished) if (!req.destroyed) req.destroy(abortedError())
    if (callbacks.length > 0) {
      const error = closedError()
      for (const callback of callbacks) callback(error)
    }
    if (current !== null && !this.#ended.includes(current)) emitClose(current)
  }

  // The responses' side.

  /** The last byte of the response to `exchange` is with the engine. */
  onComplete(exchange: Exchange): void {
    this.#remember(exchange)
    const { socket } = this
    if (socket.timeout) socket._unrefTimer?.()
  }

  /** 'finish' comes in a tick, in the async context of who ended it; when nobody listens, as soon as it is collected. */
  finishLater(response: HttpResponse): void {
    if (this.#ended.length === 0) this.#ended = [response]
    else this.#ended.push(response)
    // In order: behind one that has a tick to come.
    if (isWatched(response) || this.#ended[0]?.[HAS_OWN_TICK]) this.#finishInTick(response)
  }

  onCollected(): void {
    const response = this.#ended[0]
    if (response === undefined || response[HAS_OWN_TICK]) return
    if (isWatched(response)) {
      this.#finishInTick(response)
    } else {
      this.#takeEnded()
      this.onFinished(response)
    }
  }

  #finishInTick(response: HttpResponse): void {
    response[HAS_OWN_TICK] = true
    process.nextTick(runTick, this, response)
  }

  onTick(last: HttpResponse | null): void {
    if (last === null) this.#isTicking = false
    if (this.transport.pendingBytes > 0 && this.socket instanceof HttpSocket && !this.socket.destroyed) {
      // What waits in the socket is not sent; an empty write completes after it.
      this.socket.whenWritten(() => this.#settle(last))
      return
    }
    this.#settle(last)
  }

  /** What was given to the engine so far has reached the kernel, or never will: tells everybody up to `last`. */
  #settle(last: HttpResponse | null): void {
    const callbacks = this.#callbacks
    this.#callbacks = NO_CALLBACKS
    for (const callback of callbacks) callback(null)
    if (last === null) return
    for (let response = this.#takeEnded(); response !== undefined; response = this.#takeEnded()) {
      this.onFinished(response)
      if (response._eventsCount > 0) response.emit('finish')
      if (response === last) return
    }
  }

  #takeEnded(): HttpResponse | undefined {
    const response = this.#ended.shift()
    if (this.#ended.length === 0) this.#ended = NO_RESPONSES
    return response
  }

  /** All of `response` is sent: lets go of it and gives the socket to the next. */
  onFinished(response: HttpResponse): void {
    const { socket, dropIn } = this
    const { req } = response
    markFinished(response)
    dropIn.onFinished(response)
    if (responseFinish.hasSubscribers) {
      responseFinish.publish({ request: req, response, socket, server: dropIn.server })
    }
    dumpUnread(req)
    setSocket(response, null)
    closeLater(response)
    if (response !== this.current) return
    this.current = null
    socket._httpMessage = null
    let next = this.#queue.shift()
    // Those that ended at once needed no socket.
    while (next?.finished && next[EXCHANGE] === null) next = this.#queue.shift()
    if (next !== undefined) {
      this.#assign(next)
      next.emit('socket', socket)
      next._flush()
    }
  }

  #assign(response: HttpResponse): void {
    this.current = response
    this.socket._httpMessage = response
    setSocket(response, this.socket)
  }

  #remember(exchange: Exchange): void {
    this.#latest = exchange
    this.#latestGeneration = exchange.generation
  }

  #call(callback: WriteCallback): void {
    if (this.#callbacks === NO_CALLBACKS) this.#callbacks = []
    this.#callbacks.push(callback)
    this.#tick()
  }

  #tick(): void {
    if (this.#isTicking) return
    this.#isTicking = true
    process.nextTick(runTick, this, null)
  }

  #awaitDrain(exchange: Exchange): void {
    if (this.#awaitsDrain) return
    this.#awaitsDrain = true
    const onDrained = (): void => {
      this.#awaitsDrain = false
      const { current } = this
      if (current !== null && takeNeedDrain(current)) current.emit('drain')
    }
    exchange.response.drained().then(onDrained, () => {
      this.#awaitsDrain = false
    })
  }
}

/** Typed as read-only. */
const setSocket = (response: { socket: unknown }, socket: ResponseSocket | null): void => {
  response.socket = socket
}

const append = (output: Output, chunk: string | Uint8Array, encoding: BufferEncoding | undefined): void => {
  if (typeof chunk !== 'string') {
    output.appendBytes(chunk)
  } else if (encoding === 'latin1' || encoding === 'binary' || encoding === 'ascii') {
    output.appendText(chunk)
  } else if (encoding == null || encoding === 'utf8' || encoding === 'utf-8') {
    output.appendUtf8(chunk, Buffer.byteLength(chunk))
  } else {
    output.appendBytes(Buffer.from(chunk, encoding))
  }
}
