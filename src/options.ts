import { NovaError } from './errors.ts'

/**
 * Limits, timeouts and sizes in one table: unit, default, range, whether 0 switches the row off, and a sentence.
 * Checked here once, frozen after.
 */
interface OptionRow {
  readonly unit: string
  readonly default: number
  readonly min: number
  readonly max: number
  readonly zeroIsOff: boolean
  readonly is: string
}

const DAY_MS = 86_400_000
const GIB = 1_073_741_824

const row = (
  unit: string,
  value: number,
  min: number,
  max: number,
  zeroIsOff: boolean,
  is: string,
): OptionRow => ({ unit, default: value, min, max, zeroIsOff, is })

export const OPTION_TABLE = {
  idleTimeoutMs: row('ms', 5_000, 1, DAY_MS, true, 'an idle keep-alive connection is closed'),
  headTimeoutMs: row('ms', 10_000, 1, DAY_MS, true, 'a request head must be complete, from its first byte'),
  bodyTimeoutMs: row(
    'ms',
    300_000,
    1,
    DAY_MS,
    true,
    'a request body must be complete, from the end of its head',
  ),
  writeTimeoutMs: row(
    'ms',
    60_000,
    1,
    DAY_MS,
    true,
    'a response makes no progress before the connection is destroyed',
  ),
  lingerTimeoutMs: row('ms', 1_000, 1, 60_000, false, 'unread input is discarded after the last response'),
  maxRequestsPerConnection: row('requests', 1_000, 1, GIB, true, 'after which a connection is closed'),
  maxConnections: row('connections', 0, 1, GIB, true, 'open at once; more are answered 503'),
  maxPipelined: row('requests', 32, 1, 1_024, false, 'of one connection in flight at once'),
  maxHeadBytes: row('bytes', 16_384, 256, 1_048_576, false, 'of a request head'),
  maxTargetBytes: row('bytes', 8_192, 16, 1_048_576, false, 'of a request target'),
  maxFields: row('fields', 100, 1, 2_000, false, 'in a head or trailer section'),
  maxTrailerBytes: row('bytes', 8_192, 0, 1_048_576, false, 'of a trailer section'),
  maxChunkExtensionBytes: row('bytes', 4_096, 0, 1_048_576, false, 'of chunk extensions in one message'),
  maxBodyBytes: row('bytes', 10_485_760, 0, GIB, false, 'collected by text(), json() and bytes()'),
  highWaterBytes: row(
    'bytes',
    65_536,
    1_024,
    GIB,
    false,
    'buffered per direction before the producer is paused',
  ),
} as const satisfies Record<string, OptionRow>

type NumericOptions = { -readonly [K in keyof typeof OPTION_TABLE]: number }

/** Options of an engine; all have defaults, see docs/options.md for the table. */
export interface EngineOptions extends Partial<NumericOptions> {
  /** Which llhttp build parses: 'auto' takes SIMD where the platform has it. Default 'auto'. */
  parser?: 'auto' | 'simd' | 'scalar'
  /** 'auto' reads straight into the parser's window where Node allows it; 'stream' uses public stream events only. */
  transport?: 'auto' | 'stream'
  /** Told what a handler threw or rejected with. Default: `console.error`. */
  onError?: (error: unknown) => void
}

export type ResolvedOptions = Readonly<NumericOptions & Required<Pick<EngineOptions, 'parser' | 'transport'>>>

const CHOICES = {
  parser: ['auto', 'simd', 'scalar'],
  transport: ['auto', 'stream'],
} as const

const invalid = (detail: string): NovaError => new NovaError('OPTION_INVALID', detail)

const checkNumber = (name: string, rule: OptionRow, value: unknown): number => {
  if (value === 0 && rule.zeroIsOff) return 0
  if (typeof value === 'number' && Number.isInteger(value) && value >= rule.min && value <= rule.max)
    return value
  const off = rule.zeroIsOff ? ', or 0 for none' : ''
  throw invalid(
    `Option ${name} must be an integer of ${rule.unit} from ${rule.min} to ${rule.max}${off}; got ${String(value)}.`,
  )
}

/** Fills defaults and checks every value. Throws OPTION_INVALID naming the option, its unit and its range. */
export const resolveOptions = (options: EngineOptions): ResolvedOptions => {
  if (typeof options !== 'object' || options === null) throw invalid('Options must be an object.')
  const resolved: Record<string, number | string> = { parser: 'auto', transport: 'auto' }
  for (const [name, rule] of Object.entries(OPTION_TABLE)) resolved[name] = rule.default
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (name === 'onError') {
      if (typeof value !== 'function') throw invalid('Option onError must be a function.')
    } else if (Object.hasOwn(OPTION_TABLE, name)) {
      resolved[name] = checkNumber(name, OPTION_TABLE[name as keyof typeof OPTION_TABLE], value)
    } else if (Object.hasOwn(CHOICES, name)) {
      const choices: readonly string[] = CHOICES[name as keyof typeof CHOICES]
      if (!choices.includes(value as string)) {
        throw invalid(`Option ${name} must be one of ${choices.join(', ')}; got ${String(value)}.`)
      }
      resolved[name] = value as string
    } else {
      throw invalid(
        `Unknown option ${name}; known: ${[...Object.keys(OPTION_TABLE), ...Object.keys(CHOICES), 'onError'].join(', ')}.`,
      )
    }
  }
  return Object.freeze(resolved) as ResolvedOptions
}
