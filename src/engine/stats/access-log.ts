import { engineChannel } from './channels.ts'
import type { RequestEvent } from './events.ts'

/** One line of the log. All texts are printable ASCII: nothing a client sends can break a line or a terminal. */
export interface AccessLogEntry {
  /** When it was over, ISO 8601. */
  time: string
  remote_address: string
  method: string
  /**
   * Without the query, unless `includesQuery`, and without credentials; other bytes than printable ASCII as `%XX`, and
   * cut after 2,048 characters.
   */
  target: string
  /** 0 when no answer had begun. */
  status: number
  /** Of the answer, head and framing included. */
  bytes: number
  /** From the end of the request head until the kernel had taken the answer, ms. */
  duration_ms: number
  /** False when the client did not get the whole answer. */
  complete: boolean
  /** What the field `requestIdField` said, when that is 1 to 128 printable ASCII characters. */
  request_id?: string | undefined
}

/** Where lines go: a file stream, `process.stdout`, `pino.destination()`. Its errors are for its owner to hear. */
export interface AccessLogDestination {
  /** False asks to wait for 'drain'. */
  write(lines: string): unknown
  once(event: 'drain', listener: () => void): unknown
}

export interface AccessLogOptions {
  /** The query is logged too, with whatever secrets it may hold. Default false. */
  includesQuery?: boolean
  /** The request field that has a request's id. Default 'x-request-id'. */
  requestIdField?: string
  /** Characters kept while the destination is behind; lines beyond are counted, not kept. Default 1,048,576. */
  maxPending?: number
}

const STARTS = engineChannel('nova-http:request.start')
const ENDS = engineChannel('nova-http:request.end')

const DEFAULTS: Required<AccessLogOptions> = {
  includesQuery: false,
  requestIdField: 'x-request-id',
  maxPending: 1_048_576,
}

const MAX_TARGET = 2_048
const UNPRINTABLE = /[^\x21-\x7e]/g
const REQUEST_ID = /^[\x21-\x7e]{1,128}$/
/** In front of the host of an absolute target (RFC 9110, 4.2.4). */
const CREDENTIALS = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i

const percentEncoded = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`

const shownTarget = (target: string, includesQuery: boolean): string => {
  const queryAt = includesQuery ? -1 : target.indexOf('?')
  const wanted = queryAt < 0 ? target : target.slice(0, queryAt)
  return wanted
    .replace(CREDENTIALS, '$1')
    .slice(0, MAX_TARGET)
    .replace(UNPRINTABLE, percentEncoded)
    .slice(0, MAX_TARGET)
}

/** Writes one line of JSON for each request of every engine of the thread. Made by `startAccessLog`. */
export class AccessLog {
  /** Lines that were lost because the destination was behind, or threw. */
  dropped = 0
  readonly #options: Required<AccessLogOptions>
  readonly #destination: AccessLogDestination
  /** Requests that have an id; at their end, their fields are gone. */
  readonly #ids = new WeakMap<RequestEvent, string>()
  #isBehind = false
  #pending = ''
  /** Lines in `#pending`. */
  #waiting = 0
  /** Lost since the log last said so. */
  #unreported = 0

  /** See `startAccessLog`. */
  constructor(destination: AccessLogDestination, options: AccessLogOptions) {
    this.#destination = destination
    this.#options = { ...DEFAULTS, ...options }
    STARTS.subscribe(this.#onStart)
    ENDS.subscribe(this.#onEnd)
  }

  /** Logs no further request; what waits for the destination is still written. */
  stop(): void {
    STARTS.unsubscribe(this.#onStart)
    ENDS.unsubscribe(this.#onEnd)
  }

  readonly #onStart = (request: RequestEvent): void => {
    const id = request.headers.get(this.#options.requestIdField)
    if (id !== undefined && REQUEST_ID.test(id)) this.#ids.set(request, id)
  }

  readonly #onEnd = (request: RequestEvent): void => {
    const entry: AccessLogEntry = {
      time: new Date().toISOString(),
      remote_address: request.remoteAddress,
      method: request.method,
      target: shownTarget(request.target, this.#options.includesQuery),
      status: request.status,
      bytes: request.bytesWritten,
      duration_ms: Math.round((request.endedAt - request.headReceivedAt) * 1_000) / 1_000,
      complete: request.isComplete,
      // JSON leaves it out when there is none.
      request_id: this.#ids.get(request),
    }
    this.#add(`${JSON.stringify(entry)}\n`)
  }

  #add(line: string): void {
    if (!this.#isBehind) {
      this.#write(line, 1)
    } else if (this.#pending.length + line.length <= this.#options.maxPending) {
      this.#pending += line
      this.#waiting++
    } else {
      this.#lose(1)
    }
  }

  /** Hands `lines` over, which tell of `requests`. False when the destination threw. */
  #write(lines: string, requests: number): boolean {
    try {
      this.#isBehind = this.#destination.write(lines) === false
      if (this.#isBehind) this.#destination.once('drain', this.#onDrain)
      return true
    } catch {
      // A log that cannot be written must not take the server down.
      this.#lose(requests)
      return false
    }
  }

  #lose(requests: number): void {
    this.dropped += requests
    this.#unreported += requests
  }

  readonly #onDrain = (): void => {
    const lost = this.#unreported
    const note = lost === 0 ? '' : `${JSON.stringify({ time: new Date().toISOString(), dropped: lost })}\n`
    const lines = this.#pending + note
    const requests = this.#waiting
    this.#pending = ''
    this.#waiting = 0
    this.#isBehind = false
    if (lines !== '' && this.#write(lines, requests)) this.#unreported = 0
  }
}

/**
 * Logs every request of every engine of this thread as one line of JSON. A destination that is behind is waited for with
 * bounded memory; what is lost then is counted, in `dropped` and in a line `{"time": ..., "dropped": n}`.
 */
export const startAccessLog = (
  destination: AccessLogDestination,
  options: AccessLogOptions = {},
): AccessLog => new AccessLog(destination, options)
