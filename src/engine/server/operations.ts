import type { DrainOptions, DrainReport } from './drain.ts'
import type { EngineStats } from './engine-stats.ts'

/** What can be asked of everything that serves: the engine, and the server of `nova-http/node`. */
export interface Operations {
  /** Listening, and not draining: what a readiness probe asks. */
  readonly isReady: boolean
  /**
   * Closes without losing a request: accepts what the kernel has queued and nothing more, says `Connection: close` with
   * the next answer of each connection, closes those that stay idle for `idleGraceMs`, and after `graceMs` breaks off
   * what is left. Calling it again returns the same drain.
   * @throws OPTION_INVALID
   */
  drain(options?: DrainOptions): Promise<DrainReport>
  /** Everything counted so far, as plain numbers. */
  stats(): EngineStats
  /** `stats()` as OpenMetrics text, of the type `METRICS_CONTENT_TYPE`; see docs/observability.md for the names. */
  metrics(): string
}
