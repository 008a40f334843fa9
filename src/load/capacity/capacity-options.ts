import { NovaError } from '../../errors.ts'
import type { LoadOptions } from '../load-options.ts'
import { objectiveUs, parseSlo, type Slo } from '../slo.ts'
import type { SearchOptions } from './search.ts'
import type { Trial } from './trial.ts'

/** What to search for, between which bounds. What is sent and how is as in a load test. */
export interface CapacityOptions
  extends Omit<LoadOptions, 'rate' | 'durationMs' | 'slo' | 'onProgress' | 'startAt' | 'part'> {
  /** For example 'p99<50ms,errors<0.1%'. */
  readonly slo: string
  /** 'rate': requests per second. 'connections': keep-alive clients, each at ratePerConnection. Default 'rate'. */
  readonly search?: 'rate' | 'connections'
  /** Requests per second of each client, above 0; for a search for connections. Default 1. */
  readonly ratePerConnection?: number
  /** Lowest and highest load, both tried at most. Default 100 to 1,000,000. */
  readonly min?: number
  readonly max?: number
  /** Length of one trial, 100 to 3,600,000 ms. Default 3,000. */
  readonly stepMs?: number
  /** Trials at most for one load; the majority decides. Odd, 1 to 99. Default 3. */
  readonly repeat?: number
  /** Width of the interval to search down to, as a share of the load, 0.001 to 0.5. Default 0.05. */
  readonly precision?: number
  /** Pause between trials, in which the target works off what the last one left, 0 to 600,000 ms. Default 500. */
  readonly coolDownMs?: number
  /** Length of the long trial at the end, 100 to 3,600,000 ms. Default: three times stepMs. */
  readonly confirmMs?: number
  /** Called after each trial. */
  readonly onTrial?: (trial: Trial) => void
}

const OWN_OPTIONS: readonly string[] = [
  ...['slo', 'search', 'ratePerConnection', 'min', 'max', 'stepMs', 'repeat', 'precision'],
  ...['coolDownMs', 'confirmMs', 'onTrial'],
]

const DEFAULT_STEP_MS = 3_000
const DEFAULT_COOL_DOWN_MS = 500
const DEFAULT_WARM_UP_MS = 500
const CONFIRM_STEPS = 3
/** A request that takes this much longer than asked for has failed the objective; waiting on costs time. */
const TIMEOUT_OBJECTIVES = 20
const LEAST_TIMEOUT_MS = 1_000
const HOUR_MS = 3_600_000
/** Open connections of a search for a rate: enough that they are not the limit. */
const DEFAULT_CONNECTIONS = 256

/** Options with nothing left to default. */
export interface CapacityPlan extends SearchOptions {
  readonly search: 'rate' | 'connections'
  readonly slo: Slo
  readonly ratePerConnection: number
  readonly stepMs: number
  readonly coolDownMs: number
  readonly confirmMs: number
  /** What every trial has in common. */
  readonly load: LoadOptions
}

const number = (name: string, value: number, min: number, max: number): number => {
  if (value >= min && value <= max) return value
  throw new NovaError('OPTION_INVALID', `Option ${name} must be from ${min} to ${max}; got ${String(value)}.`)
}

const loadOptionsOf = (options: CapacityOptions): LoadOptions =>
  Object.fromEntries(
    Object.entries(options).filter(([name, value]) => !OWN_OPTIONS.includes(name) && value !== undefined),
  ) as unknown as LoadOptions

/** Fills in defaults and checks what is the search's own. Throws OPTION_INVALID naming the option. */
export const resolveCapacity = (options: CapacityOptions): CapacityPlan => {
  const {
    search = 'rate',
    slo: text,
    ratePerConnection = 1,
    min = 100,
    max = 1_000_000,
    repeat = 3,
  } = options
  const { precision = 0.05, stepMs = DEFAULT_STEP_MS, coolDownMs = DEFAULT_COOL_DOWN_MS } = options
  const { confirmMs = CONFIRM_STEPS * stepMs } = options
  if (search !== 'rate' && search !== 'connections')
    throw new NovaError('OPTION_INVALID', `Option search must be rate or connections; got ${String(search)}.`)
  if (!Number.isInteger(repeat) || repeat % 2 === 0)
    throw new NovaError(
      'OPTION_INVALID',
      `Option repeat must be odd, so that there is a majority; got ${repeat}.`,
    )
  const slo = parseSlo(text)
  const objectiveMs = (objectiveUs(slo) ?? 0) / 1000
  const isWhole = search === 'connections'
  return {
    search,
    slo,
    isWhole,
    ratePerConnection: number('ratePerConnection', ratePerConnection, 0.01, 100_000),
    min: number('min', isWhole ? Math.ceil(min) : min, isWhole ? 1 : 0.01, 10_000_000),
    max: number('max', isWhole ? Math.floor(max) : max, min, isWhole ? 100_000 : 10_000_000),
    repeat: number('repeat', repeat, 1, 99),
    precision: number('precision', precision, 0.001, 0.5),
    stepMs: number('stepMs', stepMs, 100, HOUR_MS),
    coolDownMs: number('coolDownMs', coolDownMs, 0, 600_000),
    confirmMs: number('confirmMs', confirmMs, 100, HOUR_MS),
    load: {
      connections: DEFAULT_CONNECTIONS,
      warmUpMs: DEFAULT_WARM_UP_MS,
      arrivals: 'poisson',
      timeoutMs: Math.ceil(Math.max(LEAST_TIMEOUT_MS, TIMEOUT_OBJECTIVES * objectiveMs)),
      ...loadOptionsOf(options),
    },
  }
}
