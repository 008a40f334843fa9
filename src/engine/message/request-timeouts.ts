import { NovaError } from '../../errors.ts'

/** Limits of one exchange in place of the engine's; all in ms from 0 (none) to a day. */
export interface RequestTimeouts {
  /** Until the response is complete; instead of handlerTimeoutMs. */
  readonly handlerMs?: number
  /** Until the request body is complete; instead of bodyTimeoutMs, bodyGapTimeoutMs and minBodyBytesPerSecond. */
  readonly bodyMs?: number
  /** For which the client may take nothing of the response; instead of writeTimeoutMs and minDrainBytesPerSecond. */
  readonly writeMs?: number
}

const NAMES: readonly string[] = ['handlerMs', 'bodyMs', 'writeMs']
const MAX_MS = 86_400_000

/** @throws OPTION_INVALID naming what is wrong */
export const checkTimeouts = (timeouts: RequestTimeouts): void => {
  for (const [name, ms] of Object.entries(timeouts)) {
    if (!NAMES.includes(name)) {
      throw new NovaError('OPTION_INVALID', `Unknown timeout ${name}; known: ${NAMES.join(', ')}.`)
    }
    if (ms !== undefined && !(Number.isInteger(ms) && ms >= 0 && ms <= MAX_MS)) {
      throw new NovaError(
        'OPTION_INVALID',
        `Timeout ${name} must be an integer of ms from 1 to ${MAX_MS}, or 0 for none; got ${String(ms)}.`,
      )
    }
  }
}
