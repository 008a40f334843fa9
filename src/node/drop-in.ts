import type { IncomingMessage, Server, ServerOptions } from 'node:http'
import { Server as NetServer } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Connection } from '../engine/connection/connection.ts'
import type { Exchange } from '../engine/message/exchange.ts'
import { ALLOW_ANY_EXPECTATION, ALLOW_NO_HOST } from '../engine/message/head-rules.ts'
import { Drain, type DrainOptions, type DrainReport, resolveDrainOptions } from '../engine/server/drain.ts'
import { Reactor, type ReactorHooks } from '../engine/server/reactor.ts'
import { systemClock } from '../engine/time/clock.ts'
import { StreamTransport } from '../engine/transport/stream-transport.ts'
import type { UpgradedStream } from '../engine/transport/upgraded-stream.ts'
import type { RefusalCode } from '../errors.ts'
import { METHOD_CONNECT } from '../http/methods.ts'
import { requestStart, responseCreated } from './channels.ts'
import { clientErrorOf } from './client-errors.ts'
import { HttpConnection, type ResponseSocket } from './http-connection.ts'
import { HttpSocket } from './http-socket.ts'
import { HttpTransport } from './http-transport.ts'
import type { ResponseOptions } from './light-response.ts'
import { copyUniqueHeaders, emitRequest, isObserved, NativeRequest, NativeResponse } from './native.ts'
import { type HttpRequest, makeRequest, type RequestClass } from './request.ts'
import { closeWhenLast, type HttpResponse, type ResponseClass } from './response.ts'
import { type LiveOptions, liveOptions, updateOptions } from './server-options.ts'
import { emitClientError, listen, unlisten } from './socket-events.ts'
import { isAffected } from './swapped-prototypes.ts'
import { FEED } from './symbols.ts'
import { UpgradedSocket } from './upgraded-socket.ts'

const CONTINUE = /(?:^|\W)100-continue(?:$|\W)/i

/** Since Node 24. */
type UpgradingServer = Server & { shouldUpgradeCallback?: (request: IncomingMessage) => unknown }

/** In a tick, where it is as uncaught as an error in a listener of node:http. */
const rethrow = (error: unknown): void => {
  throw error
}

/** Serves the connections of one http.Server with the engine. Built when the first one comes. */
export class DropIn implements ReactorHooks {
  readonly server: Server
  readonly reactor: Reactor
  readonly allowances: number
  readonly Request: RequestClass
  readonly Response: ResponseClass
  readonly responseOptions: ResponseOptions
  readonly #options: LiveOptions
  readonly #asksAboutUpgrades: boolean
  /** As far as is known of the last response: see swapped-prototypes.ts. */
  swapsPrototypes = false
  /** Somebody listened to the last response. */
  isListened = false
  #isObserved = false
  /** When that was found out. */
  #observedAt = ''
  #drain: Drain | null = null
  #drained: Promise<DrainReport> | null = null

  constructor(server: Server, options: ServerOptions) {
    this.server = server
    this.#options = liveOptions(options)
    this.allowances = ALLOW_ANY_EXPECTATION | (options.requireHostHeader === false ? ALLOW_NO_HOST : 0)
    this.Request = (options.IncomingMessage ?? NativeRequest) as unknown as RequestClass
    this.Response = (options.ServerResponse ?? NativeResponse) as unknown as ResponseClass
    this.responseOptions = {
      highWaterMark: this.#options.highWaterBytes,
      rejectNonStandardBodyWrites: options.rejectNonStandardBodyWrites === true,
    }
    this.#asksAboutUpgrades = 'shouldUpgradeCallback' in server && 'shouldUpgradeCallback' in options
    this.#update()
    this.reactor = new Reactor(this.#options, this, systemClock)
    this.updateUpgrades()
  }

  /** Serves HTTP on a socket that the server accepted, or on any stream that the program gave to 'connection'. */
  serve(socket: ResponseSocket): void {
    this.#update()
    const isOwn = socket instanceof HttpSocket && socket.link === null
    const transport = isOwn ? new HttpTransport(socket) : new StreamTransport(socket)
    const link = new HttpConnection(this, socket, transport)
    if (isOwn) socket.link = link
    const { timeout } = this.server
    const timed = socket as { setTimeout?: (ms: number) => void }
    if (timeout > 0) timed.setTimeout?.(timeout)
    const connection = this.reactor.accept(transport)
    if (connection === null) return
    connection.attachment = link
    listen(link)
  }

  closeIdle(): void {
    for (const connection of this.reactor.connections) {
      const link = connection.attachment as HttpConnection
      // As in Node, a connection that has asked for nothing yet is not idle but about to.
      if (connection.isIdle && link.requests > 0 && !link.isUpgraded && link.transport.pendingBytes === 0) {
        link.socket.destroy()
      }
    }
  }

  closeAll(): void {
    for (const connection of this.reactor.connections) {
      const link = connection.attachment as HttpConnection
      if (!link.isUpgraded) link.socket.destroy()
    }
  }

  get isDraining(): boolean {
    return this.#drain !== null
  }

  /** As `Engine.drain`. */
  drain(options: DrainOptions): Promise<DrainReport> {
    const resolved = resolveDrainOptions(options)
    if (this.#drained !== null) return this.#drained
    this.#drain = new Drain(this.reactor, resolved)
    const { server } = this
    const stopAccepting = (): Promise<void> =>
      new Promise((resolve) => {
        NetServer.prototype.close.call(server, () => resolve())
      })
    const onDraining = (): void => {
      for (const connection of this.reactor.connections) {
        const link = connection.attachment as HttpConnection
        for (const response of link.unfinished) closeWhenLast(response)
      }
    }
    this.#drained = this.#drain.run({ stopAccepting: server.listening ? stopAccepting : null, onDraining })
    return this.#drained
  }

  /** Requests for another protocol are ordinary ones as long as nobody listens. */
  updateUpgrades(): void {
    const { server } = this
    this.reactor.parser.acceptUpgrade =
      server.listenerCount('upgrade') > 0 || server.listenerCount('connect') > 0 || this.#asksAboutUpgrades
  }

  mayUpgrade(exchange: Exchange): boolean {
    if (exchange.head.method === METHOD_CONNECT) return true
    const { server } = this
    const { shouldUpgradeCallback } = server as UpgradingServer
    if (shouldUpgradeCallback === undefined) return server.listenerCount('upgrade') > 0
    const link = (exchange.host as Connection).attachment as HttpConnection
    link.asked = this.#requestOf(link, exchange)
    link.askedFor = exchange
    try {
      return Boolean(shouldUpgradeCallback.call(server, link.asked))
    } catch (error) {
      process.nextTick(rethrow, error)
      return false
    }
  }

  /** Somebody looks at what only Node's own code tells. */
  get isObserved(): boolean {
    return this.#isObserved || responseCreated.hasSubscribers
  }

  begin(exchange: Exchange, start: () => unknown): unknown {
    const { context } = (exchange.host as Connection).attachment as HttpConnection
    return context.isCurrent ? start() : context.run(start, undefined)
  }

  dispatch(exchange: Exchange): undefined {
    this.#update()
    const { dateLine } = this.reactor.lines
    if (dateLine !== this.#observedAt) {
      // Once a second.
      this.#observedAt = dateLine
      this.#isObserved = !responseCreated.hasSubscribers && isObserved()
    }
    const link = (exchange.host as Connection).attachment as HttpConnection
    link.requests++
    const { server } = this
    const request = this.#requestOf(link, exchange)
    // Everything that is asked of the head is answered now: it needs no copy.
    exchange.head.release()
    const response = link.open(request, exchange)
    if (this.reactor.isDraining) closeWhenLast(response)
    response._keepAliveTimeout = server.keepAliveTimeout
    response._maxRequestsPerSocket = server.maxRequestsPerSocket ?? 0
    copyUniqueHeaders(server, response)
    if (requestStart.hasSubscribers) requestStart.publish({ request, response, socket: link.socket, server })
    try {
      // One that is followed has begun in its context, and in the stores that are bound to its channel.
      if (exchange.trace !== null || link.context.isCurrent) this.#emit(link, request, response)
      else link.context.run(this.#emit, this, link, request, response)
    } catch (error) {
      process.nextTick(rethrow, error)
    }
    exchange.expectsContinue = false
    if (request[FEED] === null) request.complete = true
    return undefined
  }

  onFinished(response: HttpResponse): void {
    this.isListened = response._eventsCount > 0
    this.swapsPrototypes = isAffected && Object.getPrototypeOf(response) !== this.Response.prototype
  }

  onUpgrade = (exchange: Exchange, stream: Duplex, head: Buffer): void => {
    const link = (exchange.host as Connection).attachment as HttpConnection
    const { server } = this
    const request = this.#requestOf(link, exchange)
    request.upgrade = true
    link.isUpgraded = true
    unlisten(link)
    const { socket, transport } = link
    if (socket instanceof HttpSocket) {
      const upgraded = stream as UpgradedStream
      transport.handOver(
        new UpgradedSocket(socket, this.reactor.parser.window, (error) => upgraded.onClose(error)),
      )
    }
    const event = request.method === 'CONNECT' ? 'connect' : 'upgrade'
    try {
      const given = socket instanceof HttpSocket ? socket : stream
      const isTaken = link.context.run(() => server.emit(event, request, given, head), undefined)
      if (!isTaken) stream.destroy()
    } catch (error) {
      process.nextTick(rethrow, error)
    }
  }

  onHandlerError(error: unknown): void {
    process.nextTick(rethrow, error)
  }

  onRefusal(connection: Connection, code: RefusalCode): boolean {
    const link = connection.attachment as HttpConnection
    if (code === 'UNSUPPORTED_CONNECT') {
      link.socket.destroy()
      return true
    }
    // Node, too, answers a missing Host by itself.
    if (code === 'MISSING_HOST' || this.server.listenerCount('clientError') === 0) return false
    try {
      return emitClientError(link, clientErrorOf(code))
    } catch (error) {
      process.nextTick(rethrow, error)
      return true
    }
  }

  onClosed(): void {
    this.#drain?.onClosed()
  }

  onLastRequest(): void {
    // There is no run(n) here.
  }

  #update(): void {
    updateOptions(this.#options, this.server)
  }

  #requestOf(link: HttpConnection, exchange: Exchange): HttpRequest {
    const { asked } = link
    if (asked !== null && link.askedFor === exchange) {
      link.asked = null
      link.askedFor = null
      return asked
    }
    const { server } = this
    const request = makeRequest(link, exchange)
    const { joinDuplicateHeaders } = server as Server & { joinDuplicateHeaders?: boolean }
    if (joinDuplicateHeaders) request.joinDuplicateHeaders = true
    return request
  }

  /** Which event a request causes: `parserOnIncoming` of lib/_http_server.js. */
  #emit(link: HttpConnection, request: HttpRequest, response: HttpResponse): void {
    const { server } = this
    if (request.httpVersionMinor === 0) {
      emitRequest(server, request, response)
      return
    }
    const max = server.maxRequestsPerSocket ?? 0
    if (max > 0) {
      response.maxRequestsOnConnectionReached = max <= link.requests
      if (max < link.requests) {
        server.emit('dropRequest', request, link.socket)
        response.writeHead(503)
        response.end()
        return
      }
    }
    const expect = expectationOf(request)
    if (expect === undefined) {
      emitRequest(server, request, response)
    } else if (CONTINUE.test(expect)) {
      response._expect_continue = true
      if (server.listenerCount('checkContinue') > 0) {
        server.emit('checkContinue', request, response)
      } else {
        response.writeContinue()
        emitRequest(server, request, response)
      }
    } else if (server.listenerCount('checkExpectation') > 0) {
      server.emit('checkExpectation', request, response)
    } else {
      response.writeHead(417)
      response.end()
    }
  }
}

const EXPECT_LENGTH = 'expect'.length

/** Looks among the raw names first: the headers object is only made when somebody asks for it. */
const expectationOf = (request: IncomingMessage): string | undefined => {
  const { rawHeaders } = request
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length === EXPECT_LENGTH && name.toLowerCase() === 'expect') return request.headers.expect
  }
  return undefined
}
