import { NovaError } from './errors.ts'

/**
 * Limits, timeouts and sizes in one table: unit, default, range, whether 0 switches the row off, what it bounds, and
 * what happens beyond. Checked here once, frozen after. docs/options.md shows the same table; a test compares them.
 */
interface OptionRow {
  readonly unit: string
  readonly default: number
  readonly min: number
  readonly max: number
  readonly zeroIsOff: boolean
  readonly is: string
  readonly onBreach: string
}

const DAY_MS = 86_400_000
const GIB = 1_073_741_824
const MIB = 1_048_576

const row = (
  unit: string,
  value: number,
  range: readonly [min: number, max: number],
  is: string,
  onBreach: string,
): OptionRow => ({ unit, default: value, min: range[0], max: range[1], zeroIsOff: false, is, onBreach })

/** A row that 0 switches off. */
const offRow = (unit: string, value: number, max: number, is: string, onBreach: string): OptionRow => ({
  ...row(unit, value, [1, max], is, onBreach),
  zeroIsOff: true,
})

// biome-ignore format: a table is read by its columns
export const OPTION_TABLE = {
  handshakeTimeoutMs: offRow('ms', 10_000, DAY_MS, 'the TLS handshake of a new connection, and the PROXY header in front of it', 'closed quietly'),
  idleTimeoutMs: offRow('ms', 5_000, DAY_MS, 'a connection between two requests', 'closed quietly'),
  firstByteTimeoutMs: offRow('ms', 10_000, DAY_MS, 'a new connection until its first byte', 'closed quietly'),
  headTimeoutMs: offRow('ms', 10_000, DAY_MS, 'a request head, from its first byte to its last', '408 HEAD_TIMEOUT, closed'),
  bodyTimeoutMs: offRow('ms', 300_000, DAY_MS, 'a whole request body, from the end of its head; pauses of ours do not count', '408 BODY_TIMEOUT, closed'),
  bodyGapTimeoutMs: offRow('ms', 30_000, DAY_MS, 'between two bytes of a request body; pauses of ours do not count', '408 BODY_GAP_TIMEOUT, closed'),
  minBodyBytesPerSecond: offRow('bytes per second', 100, GIB, 'average of a request body after 5 s; pauses of ours do not count', '408 BODY_TOO_SLOW, closed'),
  handlerTimeoutMs: offRow('ms', 0, DAY_MS, 'from the end of a request head to the end of its response', '503 HANDLER_TIMEOUT, closed; destroyed when the response head is out'),
  writeTimeoutMs: offRow('ms', 60_000, DAY_MS, 'a client takes nothing of what waits for it', 'destroyed'),
  minDrainBytesPerSecond: offRow('bytes per second', 100, GIB, 'what a client takes, in each 10 s in which it takes anything and does not catch up', 'destroyed'),
  maxConnectionAgeMs: offRow('ms', 0, DAY_MS, 'a connection since it was accepted', 'the next response says Connection: close; closed quietly when idle'),
  lingerTimeoutMs: row('ms', 1_000, [1, 60_000], 'unread input is discarded after the last response', 'destroyed'),
  maxRequestsPerConnection: offRow('requests', 1_000, GIB, 'of one connection', 'the last response says Connection: close'),
  maxConnections: offRow('connections', 0, GIB, 'open at once', '503 TOO_MANY_CONNECTIONS, closed; reset in a flood'),
  maxConnectionsPerIp: offRow('connections', 0, GIB, 'open at once from one IP address', '503 TOO_MANY_CONNECTIONS_FROM_ADDRESS, closed; reset in a flood'),
  maxHandshakes: offRow('connections', 1_024, GIB, 'in a TLS handshake or a PROXY header at once', 'reset: TOO_MANY_HANDSHAKES'),
  maxRequestsInFlight: offRow('requests', 0, GIB, 'being handled at once, all connections together', '503 TOO_MANY_REQUESTS_IN_FLIGHT'),
  maxEventLoopDelayMs: offRow('ms', 0, 60_000, 'how late the event loop runs', '503 OVERLOADED until it has recovered'),
  maxPipelined: row('requests', 32, [1, 1_024], 'of one connection in flight at once', 'the client is read later'),
  maxHeadBytes: row('bytes', 16_384, [256, MIB], 'of a request head', '431 HEAD_TOO_LARGE, closed'),
  maxTargetBytes: row('bytes', 8_192, [16, MIB], 'of a request target', '414 TARGET_TOO_LONG, closed'),
  maxFields: row('fields', 100, [1, 2_000], 'in a head or trailer section', '431 TOO_MANY_FIELDS, closed'),
  maxTrailerBytes: row('bytes', 8_192, [0, MIB], 'of a trailer section', '431 TRAILER_TOO_LARGE, closed'),
  maxChunkExtensionBytes: row('bytes', 4_096, [0, MIB], 'of chunk extensions in one message', '400 CHUNK_EXTENSION_TOO_LARGE, closed'),
  maxBodyBytes: row('bytes', 10_485_760, [0, GIB], 'collected by text(), json() and bytes()', 'they reject: 413 BODY_TOO_LARGE'),
  highWaterBytes: row('bytes', 65_536, [1_024, GIB], 'buffered per connection and direction', 'the producer waits: the client is read later, write() returns false'),
} as const satisfies Record<string, OptionRow>

type NumericOptions = { -readonly [K in keyof typeof OPTION_TABLE]: number }

/** Options of an engine; all have defaults, see docs/options.md for the table. */
export interface EngineOptions extends Partial<NumericOptions> {
  /** Which llhttp build parses: 'auto' takes SIMD where the platform has it. Default 'auto'. */
  parser?: 'auto' | 'simd' | 'scalar'
  /** 'auto' reads straight into the parser's window where Node allows it; 'stream' uses public stream events only. */
  transport?: 'auto' | 'stream'
  /**
   * When request and handler durations are measured: 'auto' from the first call of `metrics()` on, 'on' from the start.
   * Everything else is counted anyway. Default 'auto'.
   */
  metrics?: 'auto' | 'on'
  /** Told what a handler threw or rejected with. Default: `console.error`. */
  onError?: (error: unknown) => void
}

export type ResolvedOptions = Readonly<NumericOptions & Required<Pick<EngineOptions, keyof typeof CHOICES>>>

const CHOICES = {
  parser: ['auto', 'simd', 'scalar'],
  transport: ['auto', 'stream'],
  metrics: ['auto', 'on'],
} as const

/** Checked where they are used. */
const OBJECTS: readonly string[] = ['tls', 'proxyProtocol']

/** Functions of the program; typed where what they are called with is known. */
const HOOKS: readonly string[] = ['onError', 'onUpgrade']

/** Whether an engine takes an option of this name. */
export const isEngineOption = (name: string): boolean =>
  Object.hasOwn(OPTION_TABLE, name) || Object.hasOwn(CHOICES, name) || [...OBJECTS, ...HOOKS].includes(name)

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
  const resolved: Record<string, number | string> = { parser: 'auto', transport: 'auto', metrics: 'auto' }
  for (const [name, rule] of Object.entries(OPTION_TABLE)) resolved[name] = rule.default
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (HOOKS.includes(name)) {
      if (typeof value !== 'function') throw invalid(`Option ${name} must be a function.`)
    } else if (OBJECTS.includes(name)) {
      if (typeof value !== 'object' || value === null) throw invalid(`Option ${name} must be an object.`)
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
        `Unknown option ${name}; known: ${[...Object.keys(OPTION_TABLE), ...Object.keys(CHOICES), ...OBJECTS, ...HOOKS].join(', ')}.`,
      )
    }
  }
  // The copy has fast properties; what was filled key by key is a dictionary, and the request path reads these.
  return Object.freeze({ ...resolved }) as ResolvedOptions
}
