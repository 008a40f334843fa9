import { EventEmitter } from 'node:events'
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/**
 * Node's own classes and methods, as they were when this module was loaded: `nova-http/register` and APM tools replace
 * some of them later. What the typings do not show is named here, once, and looked for before it is used.
 */

/** Fields of every OutgoingMessage that Node's methods and the frameworks' middlewares read and write. */
export interface OutgoingInternals {
  _header: string | null
  _headerSent: boolean
  _hasBody: boolean
  _contentLength: number | null
  _trailer: string
  _last: boolean
  _closed: boolean
  destroyed: boolean
  finished: boolean
  outputSize: number
  shouldKeepAlive: boolean
  maxRequestsOnConnectionReached: boolean
  _keepAliveTimeout: number
  _maxRequestsPerSocket: number
  _defaultKeepAlive: boolean
  _removedConnection: boolean
  _removedContLen: boolean
  _removedTE: boolean
  _sent100: boolean
  _expect_continue: boolean
  _events: object
  _eventsCount: number
  _implicitHeader(): void
  _finish(): void
  _flush(): void
}

/** Fields of every IncomingMessage. */
export interface IncomingInternals {
  _consuming: boolean
  _dumped: boolean
  _eventsCount: number
  _readableState: { readingMore: boolean; resumeScheduled: boolean }
  upgrade: boolean | null
  joinDuplicateHeaders: boolean
  _addHeaderLines(flat: string[], count: number): void
  _dump(): void
  _read(size: number): void
}

export type OutgoingHeaders = Readonly<
  Record<string, readonly [name: string, value: string | number | readonly string[]]>
>

export const NativeServer = http.Server
export const NativeResponse = http.ServerResponse
export const NativeRequest = http.IncomingMessage

const responsePrototype = NativeResponse.prototype as unknown as OutgoingInternals & ServerResponse
export const nativeEnd = responsePrototype.end
export const nativeSetHeader = responsePrototype.setHeader
export const nativeWriteHead = responsePrototype.writeHead
export const nativeImplicitHeader = responsePrototype._implicitHeader
export const nativeFinish = responsePrototype._finish
export const requestPrototype = NativeRequest.prototype as unknown as IncomingInternals
export const nativeRead = requestPrototype._read

const sampleRequest = { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage
const probe = new NativeResponse(sampleRequest)
probe.setHeader('A', 'b')

const symbolOf = (description: string): symbol | null =>
  Object.getOwnPropertySymbols(probe).find((symbol) => symbol.description === description) ?? null

const headersSymbol = symbolOf('kOutHeaders')
const drainSymbol = symbolOf('kNeedDrain')

type Symbols = Record<symbol, unknown>

const hasKnownHeaders = (): boolean => {
  if (headersSymbol === null) return false
  const entry = ((probe as unknown as Symbols)[headersSymbol] as OutgoingHeaders | null)?.a
  return Array.isArray(entry) && entry[0] === 'A' && entry[1] === 'b'
}

/** Where a response keeps the fields that `setHeader` was given; null where this Node does it in another way. */
export const OUT_HEADERS: symbol | null = hasKnownHeaders() ? headersSymbol : null

/** Says that `write()` returned false and nobody was told to go on yet. */
export const takeNeedDrain = (response: ServerResponse): boolean => {
  if (!response.writableNeedDrain) return false
  if (drainSymbol !== null) (response as unknown as Symbols)[drainSymbol] = false
  return true
}

const finishedSymbol = symbolOf('kWritableFinished')
const endCallbacksSymbol = symbolOf('kEndCallbacks')

type EndCallback = (error: null) => void

/** Since Node 24 a response keeps by itself whether it is finished, and whom a second `end()` wants to be told. */
export const markFinished = (response: object): void => {
  if (finishedSymbol === null || endCallbacksSymbol === null) return
  const fields = response as Symbols
  fields[finishedSymbol] = true
  const callbacks = fields[endCallbacksSymbol] as EndCallback[] | null
  if (callbacks === null) return
  fields[endCallbacksSymbol] = null
  for (const callback of callbacks) callback(null)
}

/** The set of `uniqueHeaders`, which Node hands from server to response under a symbol of its own. */
const uniqueSymbol = Object.getOwnPropertySymbols(new NativeServer()).find(
  (symbol) => symbol.description === 'kUniqueHeaders',
)

export const copyUniqueHeaders = (server: object, response: object): void => {
  if (uniqueSymbol === undefined) return
  const names = (server as Symbols)[uniqueSymbol]
  if (names !== null) (response as Symbols)[uniqueSymbol] = names
}

export const hasUniqueHeaders = (response: object): boolean =>
  uniqueSymbol !== undefined && (response as Symbols)[uniqueSymbol] != null

/** Nobody has replaced the methods whose work ours take over. */
export const isUnpatched = (): boolean =>
  responsePrototype.end === nativeEnd &&
  responsePrototype.setHeader === nativeSetHeader &&
  responsePrototype.writeHead === nativeWriteHead &&
  responsePrototype._implicitHeader === nativeImplicitHeader

const plainKeys = Reflect.ownKeys(new NativeResponse(sampleRequest)).length

/**
 * Whether somebody looks at what Node's own constructor and `end` tell: an observer of `perf_hooks` entries of type
 * 'http', or trace events. Costs a response, so it is not asked for each one.
 */
export const isObserved = (): boolean =>
  Reflect.ownKeys(new NativeResponse(sampleRequest)).length !== plainKeys

const { emit } = EventEmitter.prototype
/** Null when somebody, domains for one, has replaced it before: only Node's own knows this symbol. */
const nativeEmit = String(emit).includes('kErrorMonitor') ? emit : null
const captureSymbol = symbolOf('kCapture')

interface Emitting {
  readonly _events: { readonly request?: unknown }
}

type Listener = (this: Server, request: IncomingMessage, response: ServerResponse) => unknown

/** `server.emit('request', ...)`. A single listener, when neither it nor `emit` is anything special, is called at once. */
export const emitRequest = (server: Server, request: IncomingMessage, response: ServerResponse): void => {
  const { request: listener } = (server as unknown as Emitting)._events
  const isPlain =
    typeof listener === 'function' &&
    server.emit === nativeEmit &&
    captureSymbol !== null &&
    (server as unknown as Symbols)[captureSymbol] === false
  if (isPlain) (listener as Listener).call(server, request, response)
  else server.emit('request', request, response)
}
