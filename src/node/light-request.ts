import { getDefaultHighWaterMark, Readable } from 'node:stream'
import { addExtras, extrasOf, type Fields, ownSymbol } from './layout.ts'
import { NativeRequest } from './native.ts'
import { FEED } from './symbols.ts'

/** Of a request's Readable; shared by the requests of a connection. */
export interface StreamOptions {
  readonly highWaterMark: number
}

/** What an IncomingMessage is made from. */
export interface RequestParts {
  readonly socket: unknown
  readonly streamOptions: StreamOptions
  readonly minor: number
  readonly method: string
  readonly url: string
  readonly rawHeaders: string[]
  /** Names and values that count. */
  readonly count: number
  readonly read: unknown
}

type StateConstructor = new (options: unknown, stream: unknown, isDuplex: boolean) => { readingMore: boolean }

const { ReadableState } = Readable as unknown as { ReadableState: StateConstructor | undefined }

const sample = new NativeRequest(undefined as never)
const SHAPE = ownSymbol(sample, 'shapeMode')
const CAPTURE = ownSymbol(sample, 'kCapture')
const HEADERS = ownSymbol(sample, 'kHeaders')
const HEADERS_COUNT = ownSymbol(sample, 'kHeadersCount')
const TRAILERS = ownSymbol(sample, 'kTrailers')
const TRAILERS_COUNT = ownSymbol(sample, 'kTrailersCount')
const defaults = NativeRequest.prototype as unknown as Fields

/**
 * An IncomingMessage with the fields that Node's constructor gives it, all of them at once and with their values: half
 * the time of the constructor and the writes behind it.
 */
function LightRequest(this: Fields, parts: RequestParts): void {
  const { socket, minor } = parts
  this._events = { close: undefined, error: undefined, data: undefined, end: undefined, readable: undefined }
  const { streamOptions } = parts
  // Without options the same state takes a fraction of the time.
  const isDefault = streamOptions.highWaterMark === getDefaultHighWaterMark(false)
  const state = new (ReadableState as StateConstructor)(isDefault ? undefined : streamOptions, this, false)
  state.readingMore = true
  this._readableState = state
  this._maxListeners = undefined
  this.socket = socket
  this.httpVersionMajor = 1
  this.httpVersionMinor = minor
  this.httpVersion = minor === 1 ? '1.1' : '1.0'
  this.complete = false
  this.rawHeaders = parts.rawHeaders
  this.rawTrailers = []
  this.joinDuplicateHeaders = false
  this.aborted = false
  this.upgrade = false
  this.url = parts.url
  this.method = parts.method
  this.statusCode = null
  this.statusMessage = null
  this.client = socket
  this._consuming = false
  this._dumped = false
  this._read = parts.read
  this[SHAPE] = true
  this[CAPTURE] = defaults[CAPTURE]
  this[HEADERS] = null
  this[HEADERS_COUNT] = parts.count
  this[TRAILERS] = null
  this[TRAILERS_COUNT] = 0
  this[FEED] = null
  if (EXTRAS.length > 0) addExtras(this, EXTRAS)
}
LightRequest.prototype = NativeRequest.prototype

let EXTRAS: NonNullable<ReturnType<typeof extrasOf>> = []

const NewLightRequest = LightRequest as unknown as new (parts: RequestParts) => object

const learnExtras = (): boolean => {
  if (ReadableState === undefined) return false
  const light = new NewLightRequest({
    socket: undefined,
    streamOptions: { highWaterMark: getDefaultHighWaterMark(false) },
    minor: 1,
    method: 'GET',
    url: '',
    rawHeaders: [],
    count: 0,
    read: undefined,
  })
  const own = [FEED, '_read', 'httpVersionMajor', 'httpVersionMinor', 'httpVersion', 'method', 'upgrade']
  const extras = extrasOf(light, sample, own)
  if (extras !== null) EXTRAS = extras
  return extras !== null
}

/** Null where this Node makes its requests of other fields than we know. */
export const RequestMaker = learnExtras() ? NewLightRequest : null
