import type { RefusalCode } from '../../errors.ts'

/** Why a connection was closed. */
export const CLOSE_REASONS = [
  'client',
  'keepAliveEnd',
  'idleTimeout',
  'headTimeout',
  'bodyTimeout',
  'writeTimeout',
  'refused',
  'handlerError',
  'drain',
  'forced',
  'socketError',
] as const
export type CloseReason = (typeof CLOSE_REASONS)[number]

export const TIMEOUT_KINDS = ['idle', 'head', 'body', 'write', 'linger'] as const
export type TimeoutKind = (typeof TIMEOUT_KINDS)[number]

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
