import type { LoadResult } from '../result.ts'
import type { Limit, Trial } from './trial.ts'

/** Raised when a field changes its meaning or goes; new fields do not raise it. */
export const CAPACITY_VERSION = 1

/** What a search found. Plain data. */
export interface CapacityResult {
  readonly format: 'nova-capacity'
  readonly version: typeof CAPACITY_VERSION
  /** ISO 8601. */
  readonly startedAt: string
  readonly url: string
  readonly slo: string
  /** What was varied, and the unit of every load below. */
  readonly search: 'rate' | 'connections'
  /** Requests per second on each connection, when connections were searched for. */
  readonly ratePerConnection: number | null
  /** The highest load that met the objective in a long trial; null when none did. */
  readonly sustainable: number | null
  /** The lowest load that did not; the true limit lies between. Null when the highest load allowed was carried. */
  readonly exceeded: number | null
  /** What gave way at `exceeded`. 'generator': the target may carry more. */
  readonly gaveWay: { readonly kind: Limit; readonly reasons: readonly string[] } | null
  /** The load from which on latency rises faster than load; null when the trials show none. */
  readonly knee: number | null
  readonly trials: readonly Trial[]
  /** The long run at `sustainable`, whole. */
  readonly confirmation: LoadResult | null
  readonly isInterrupted: boolean
  readonly machine: LoadResult['machine']
}
