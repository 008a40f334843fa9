import { addExtras, extrasOf, type Fields, ownSymbol } from './layout.ts'
import { NativeResponse } from './native.ts'
import { CONNECTION, EXCHANGE, HAS_OWN_TICK } from './symbols.ts'

/** What all responses of a server have in common. */
export interface ResponseOptions {
  highWaterMark: number
  rejectNonStandardBodyWrites: boolean
}

/** Own methods, because frameworks swap the prototypes of responses. */
export interface ResponseMethods {
  readonly end: unknown
  readonly setHeader: unknown
  readonly writeHead: unknown
  readonly _finish: unknown
}

const sampleRequest = { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 }
const sampleOptions = { highWaterMark: 1, rejectNonStandardBodyWrites: false }
const sample = new (NativeResponse as unknown as new (...args: unknown[]) => object)(
  sampleRequest,
  sampleOptions,
)
const SHAPE = ownSymbol(sample, 'shapeMode')
const CAPTURE = ownSymbol(sample, 'kCapture')
const BYTES_WRITTEN = ownSymbol(sample, 'kBytesWritten')
const NEED_DRAIN = ownSymbol(sample, 'kNeedDrain')
const CORKED = ownSymbol(sample, 'corked')
const OUT_HEADERS = ownSymbol(sample, 'kOutHeaders')
const ERRORED = ownSymbol(sample, 'errored')
const HIGH_WATER_MARK = ownSymbol(sample, 'kHighWaterMark')
const REJECT_WRITES = ownSymbol(sample, 'kRejectNonStandardBodyWrites')
const defaults = NativeResponse.prototype as unknown as Fields
const { _onPendingData: onPendingData } = sample as unknown as Fields

/** Listeners by event, without inherited keys. Node's emitters make a dictionary, which costs more than the rest. */
function Events(): void {
  // Made empty.
}
Events.prototype = Object.create(null)
const NewEvents = Events as unknown as new () => object

/** The ServerResponse to an HTTP/1.1 request, with the fields that Node's constructor gives it and ours, all at once. */
function LightResponse(
  this: Fields,
  req: unknown,
  exchange: unknown,
  connection: unknown,
  { highWaterMark, rejectNonStandardBodyWrites }: ResponseOptions,
  methods: ResponseMethods,
): void {
  this._events = new NewEvents()
  this._eventsCount = 0
  this._maxListeners = undefined
  this.outputData = []
  this.outputSize = 0
  this.writable = true
  this.destroyed = false
  this._last = false
  this.chunkedEncoding = false
  this.shouldKeepAlive = true
  this.maxRequestsOnConnectionReached = false
  this._defaultKeepAlive = true
  this.useChunkedEncodingByDefault = true
  this.sendDate = true
  this._removedConnection = false
  this._removedContLen = false
  this._removedTE = false
  this.strictContentLength = false
  this._contentLength = null
  this._hasBody = true
  this._trailer = ''
  this.finished = false
  this._headerSent = false
  this._closed = false
  this.socket = null
  this._header = null
  this._keepAliveTimeout = 0
  this._maxRequestsPerSocket = 0
  this._onPendingData = onPendingData
  this.req = req
  this._sent100 = false
  this._expect_continue = false
  this._finish = methods._finish
  this.setHeader = methods.setHeader
  this.writeHead = methods.writeHead
  this.end = methods.end
  this[SHAPE] = false
  this[CAPTURE] = defaults[CAPTURE]
  this[BYTES_WRITTEN] = 0
  this[NEED_DRAIN] = false
  this[CORKED] = 0
  this[OUT_HEADERS] = null
  this[ERRORED] = null
  this[HIGH_WATER_MARK] = highWaterMark
  this[REJECT_WRITES] = rejectNonStandardBodyWrites
  this[EXCHANGE] = exchange
  this[CONNECTION] = connection
  this[HAS_OWN_TICK] = false
  if (EXTRAS.length > 0) addExtras(this, EXTRAS)
}
LightResponse.prototype = NativeResponse.prototype

let EXTRAS: NonNullable<ReturnType<typeof extrasOf>> = []

const NewLightResponse = LightResponse as unknown as new (
  req: unknown,
  exchange: unknown,
  connection: unknown,
  options: ResponseOptions,
  methods: ResponseMethods,
) => object

const learnExtras = (): boolean => {
  const methods = { end: null, setHeader: null, writeHead: null, _finish: null }
  const light = new NewLightResponse(sampleRequest, null, null, sampleOptions, methods)
  const own = [EXCHANGE, CONNECTION, HAS_OWN_TICK, '_maxRequestsPerSocket', ...Object.keys(methods), 'socket']
  const extras = extrasOf(light, sample, own)
  if (extras !== null) EXTRAS = extras
  return extras !== null
}

/** Null where this Node makes its responses of other fields than we know. */
export const ResponseMaker = learnExtras() ? NewLightResponse : null
