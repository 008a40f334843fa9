import type http from 'node:http'
import type { RequestListener, ServerOptions } from 'node:http'
import { Server as NetServer } from 'node:net'
import type { DrainOptions, DrainReport } from '../engine/server/drain.ts'
import { type EngineStats, snapshot } from '../engine/server/engine-stats.ts'
import { scrape } from '../engine/server/metrics.ts'
import type { Operations } from '../engine/server/operations.ts'
import { countIn, takeOver } from '../engine/transport/acceptor.ts'
import { onWindowRead } from '../engine/transport/window-transport.ts'
import { DropIn } from './drop-in.ts'
import type { ResponseSocket } from './http-connection.ts'
import { HttpSocket } from './http-socket.ts'
import { NativeServer } from './native.ts'
import { checkServerOptions } from './server-options.ts'

/** What serves the connections; null until there are any. */
const DROP_IN = Symbol('nova.dropIn')
const OPTIONS = Symbol('nova.options')

interface Served extends http.Server {
  [DROP_IN]: DropIn | null
  [OPTIONS]: ServerOptions
  noDelay?: boolean
  keepAlive?: boolean
  keepAliveInitialDelay?: number
}

const dropInOf = (server: Served): DropIn => {
  server[DROP_IN] ??= new DropIn(server, server[OPTIONS])
  return server[DROP_IN]
}

function onConnection(this: Served, socket: ResponseSocket): void {
  dropInOf(this).serve(socket)
}

function onListening(this: Served): void {
  const { window } = dropInOf(this).reactor.parser
  const isSilent = this.noDelay === false
  const onread = { buffer: window, callback: onWindowRead }
  takeOver(this, (handle) => {
    const socket = new HttpSocket({
      handle,
      onread,
      allowHalfOpen: true,
      emitClose: false,
      autoDestroy: true,
      decodeStrings: false,
    })
    if (!isSilent) socket.setNoDelay(true)
    if (this.keepAlive) socket.setKeepAlive(true, this.keepAliveInitialDelay)
    countIn(this, socket)
    this.emit('connection', socket)
    return true
  })
}

function onListener(this: Served, event: string): void {
  // Told before the listener is added, and after one is removed.
  if (event === 'upgrade' || event === 'connect') process.nextTick(updateUpgrades, this)
}

const updateUpgrades = (server: Served): void => {
  server[DROP_IN]?.updateUpgrades()
}

type NativeConstructor = (this: Served, options: ServerOptions) => void

/**
 * node:http's Server on the engine: its constructor and prototype do what they always do, options and defaults
 * included; only the connections are served by the engine instead of Node's parser.
 */
function ServerFunction(
  this: Served | undefined,
  options?: ServerOptions | RequestListener,
  listener?: RequestListener,
): Served | undefined {
  if (!(this instanceof (ServerFunction as unknown as typeof http.Server))) {
    return new (ServerFunction as unknown as new (...args: unknown[]) => Served)(options, listener)
  }
  const server = this as Served
  const isFunction = typeof options === 'function'
  const given = isFunction ? {} : (options ?? {})
  if (typeof given === 'object') checkServerOptions(given)
  ;(NativeServer as unknown as NativeConstructor).call(server, given)
  server.removeAllListeners('connection').removeAllListeners('listening')
  const handler = isFunction ? options : listener
  if (handler) server.on('request', handler)
  server.on('connection', onConnection as never)
  server.on('listening', onListening as never)
  server.on('newListener', onListener as never).on('removeListener', onListener as never)
  server[DROP_IN] = null
  server[OPTIONS] = given
  return undefined
}
Object.defineProperty(ServerFunction, 'name', { value: 'Server', configurable: true })
Object.setPrototypeOf(ServerFunction.prototype, NativeServer.prototype)
Object.setPrototypeOf(ServerFunction, NativeServer)

ServerFunction.prototype.closeIdleConnections = function closeIdleConnections(this: Served): void {
  this[DROP_IN]?.closeIdle()
}
ServerFunction.prototype.closeAllConnections = function closeAllConnections(this: Served): void {
  this[DROP_IN]?.closeAll()
}
ServerFunction.prototype.close = function close(this: Served, ...args: [((error?: Error) => void)?]): Served {
  this.closeIdleConnections()
  NetServer.prototype.close.apply(this, args)
  return this
}

ServerFunction.prototype.drain = function drain(
  this: Served,
  options: DrainOptions = {},
): Promise<DrainReport> {
  return dropInOf(this).drain(options)
}
ServerFunction.prototype.stats = function stats(this: Served): EngineStats {
  return snapshot(dropInOf(this).reactor)
}
ServerFunction.prototype.metrics = function metrics(this: Served): string {
  return scrape(dropInOf(this).reactor)
}
Object.defineProperty(ServerFunction.prototype, 'isReady', {
  configurable: true,
  get(this: Served): boolean {
    return this.listening && this[DROP_IN]?.isDraining !== true
  },
})

/** A server of node:http that can be drained and asked what it counts. */
export type Server<
  R extends RequestClass = RequestClass,
  S extends ResponseClass<R> = ResponseClass<R>,
> = http.Server<R, S> & Operations

type RequestClass = typeof http.IncomingMessage
type ResponseClass<R extends RequestClass> = typeof http.ServerResponse<InstanceType<R>>

interface CreateServer {
  <R extends RequestClass = RequestClass, S extends ResponseClass<R> = ResponseClass<R>>(
    listener?: RequestListener<R, S>,
  ): Server<R, S>
  <R extends RequestClass = RequestClass, S extends ResponseClass<R> = ResponseClass<R>>(
    options: ServerOptions<R, S>,
    listener?: RequestListener<R, S>,
  ): Server<R, S>
}

/** `http.Server`, with and without `new`. */
export const Server = ServerFunction as unknown as typeof http.Server

/** `http.createServer`. @throws as node:http, and OPTION_INVALID for `insecureHTTPParser: true` */
export const createServer = ((options?: ServerOptions | RequestListener, listener?: RequestListener) =>
  new Server(options as ServerOptions, listener)) as CreateServer
