import type { RefusalCode } from '../../errors.ts'

/** Why a connection was closed. */
export const CLOSE_REASONS = [
  /** The client closed, in order. */
  'client',
  /** After a response with `Connection: close`. */
  'keepAliveEnd',
  /** After the last of maxRequestsPerConnection. */
  'requestLimit',
  'connectionAge',
  /** The PROXY header or the TLS handshake took too long. */
  'handshakeTimeout',
  /** TLS could not be agreed on, or the peer left meanwhile. */
  'handshakeFailed',
  'firstByteTimeout',
  'idleTimeout',
  'headTimeout',
  'bodyTimeout',
  'bodyGapTimeout',
  'slowBody',
  'handlerTimeout',
  'writeTimeout',
  'slowReader',
  /** A message or a connection was refused with an answer; `refused` counts by code. */
  'refused',
  /** Too many connections were being refused already: not even an answer. */
  'refusedByReset',
  'handlerError',
  /** The handler broke the connection off. */
  'handlerAbort',
  /** The bytes belonged to another protocol from then on. */
  'upgrade',
  'drain',
  /** The grace time of a drain was over. */
  'forced',
  'socketError',
] as const
export type CloseReason = (typeof CLOSE_REASONS)[number]

/**
 * Every clock of a connection: the reason it closes with when its time is over, and the refusal that is answered where
 * the client can still be told. After `linger` the reason of the last response stands.
 */
export const TIMEOUTS = {
  handshake: { reason: 'handshakeTimeout', code: null },
  firstByte: { reason: 'firstByteTimeout', code: null },
  idle: { reason: 'idleTimeout', code: null },
  head: { reason: 'headTimeout', code: 'HEAD_TIMEOUT' },
  body: { reason: 'bodyTimeout', code: 'BODY_TIMEOUT' },
  bodyGap: { reason: 'bodyGapTimeout', code: 'BODY_GAP_TIMEOUT' },
  slowBody: { reason: 'slowBody', code: 'BODY_TOO_SLOW' },
  handler: { reason: 'handlerTimeout', code: 'HANDLER_TIMEOUT' },
  write: { reason: 'writeTimeout', code: null },
  slowReader: { reason: 'slowReader', code: null },
  connectionAge: { reason: 'connectionAge', code: null },
  linger: { reason: 'client', code: null },
} as const satisfies Record<string, { reason: CloseReason; code: RefusalCode | null }>

export type TimeoutKind = keyof typeof TIMEOUTS
export const TIMEOUT_KINDS = Object.keys(TIMEOUTS) as readonly TimeoutKind[]

const zeros = <K extends string>(keys: readonly K[]): Record<K, number> =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>

/** Everything the engine counts, as plain numbers that hot paths increment. */
export class Counters {
  accepted = 0
  open = 0
  requests = 0
  responses1xx = 0
  responses2xx = 0
  responses3xx = 0
  responses4xx = 0
  responses5xx = 0
  bytesRead = 0
  bytesWritten = 0
  handlerErrors = 0
  aborted = 0
  /** TLS handshakes completed. */
  handshakes = 0
  readonly closed = zeros(CLOSE_REASONS)
  readonly timeouts = zeros(TIMEOUT_KINDS)
  /** Requests and connections refused with a ready-made answer; a code appears when it first occurs. */
  readonly refused: Partial<Record<RefusalCode, number>> = {}
  /** Responses completed. */
  get finished(): number {
    return this.responses2xx + this.responses3xx + this.responses4xx + this.responses5xx
  }

  countResponse(status: number): void {
    if (status < 300) this.responses2xx++
    else if (status < 400) this.responses3xx++
    else if (status < 500) this.responses4xx++
    else this.responses5xx++
  }
}
