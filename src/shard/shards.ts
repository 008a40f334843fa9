import { EventEmitter } from 'node:events'
import { type DrainOptions, type DrainReport, resolveDrainOptions } from '../engine/server/drain.ts'
import type { ListeningAddress } from '../engine/server/engine.ts'
import { NovaError } from '../errors.ts'
import { Binding } from './binding.ts'
import { CHECK_MS, Shard, type ShardObserver, type ShardState } from './shard.ts'
import { renderShardMetrics } from './shard-metrics.ts'
import { type ResolvedShardOptions, resolveShardOptions, type ShardOptions } from './shard-options.ts'
import { type ShardStats, Totals, toStats } from './shared-stats.ts'

export type { ShardState } from './shard.ts'

/** Events of `Shards`; `shard` counts from 0. */
export interface ShardEvents {
  /** A shard's thread died, with its requests; the others go on. */
  crash: [event: { shard: number; error: unknown; restartInMs: number }]
  /** It serves again. */
  restart: [event: { shard: number }]
  /** An event loop has stood still for `blockedAfterMs`. Told once. */
  blocked: [event: { shard: number; blockedMs: number }]
  /** It turns again. */
  recovered: [event: { shard: number; blockedMs: number }]
}

export interface ShardStatus {
  shard: number
  state: ShardState
  /** After crashes. */
  restarts: number
  /** For how long its event loop has stood still; 0 as long as that is less than `blockedAfterMs`. */
  blockedMs: number
  /** Of the thread that serves now, at most 100 ms old. */
  stats: ShardStats
}

export interface ShardsStats {
  /** Of all threads together, ended ones included. `eventLoopDelayMs` is the largest. */
  total: ShardStats
  shards: ShardStatus[]
}

const sum = (reports: readonly DrainReport[]): DrainReport => {
  const total = { finished: 0, idleClosed: 0, aborted: 0, tookMs: 0 }
  for (const { finished, idleClosed, aborted, tookMs } of reports) {
    total.finished += finished
    total.idleClosed += idleClosed
    total.aborted += aborted
    total.tookMs = Math.max(total.tookMs, tookMs)
  }
  return total
}

/** Engines on one port, each in a thread of its own. Made by `createShards`. */
export class Shards extends EventEmitter<ShardEvents> {
  /** 'reusePort': the kernel deals connections out to the shards. 'shared': they take from one queue. */
  readonly mode: 'reusePort' | 'shared'
  /** Where they listen. */
  readonly address: ListeningAddress
  readonly #binding: Binding
  readonly #shards: readonly Shard[]
  readonly #checking: NodeJS.Timeout
  /** The latest reload. */
  #reloading: Promise<unknown> = Promise.resolve()
  #drain: Promise<DrainReport> | null = null

  private constructor(binding: Binding, options: ResolvedShardOptions) {
    super()
    this.#binding = binding
    this.mode = binding.mode
    this.address = binding.address
    const observer: ShardObserver = {
      onCrash: (shard, error, restartInMs) => this.emit('crash', { shard, error, restartInMs }),
      onRestart: (shard) => this.emit('restart', { shard }),
      onBlocked: (shard, blockedMs) => this.emit('blocked', { shard, blockedMs }),
      onRecovered: (shard, blockedMs) => this.emit('recovered', { shard, blockedMs }),
    }
    this.#shards = Array.from(
      { length: options.shards },
      (_, index) => new Shard(index, options, binding, observer),
    )
    this.#checking = setInterval(() => {
      for (const shard of this.#shards) shard.check(performance.now())
    }, CHECK_MS).unref()
  }

  /** See `createShards`. */
  static async start(options: ShardOptions): Promise<Shards> {
    const resolved = resolveShardOptions(options)
    const shards = new Shards(await Binding.open(resolved), resolved)
    try {
      await shards.#replaceAll()
    } catch (error) {
      await shards.drain({ graceMs: 0 })
      throw error
    }
    return shards
  }

  /** At least one shard serves, and no drain has begun: what a readiness probe asks. */
  get isReady(): boolean {
    return this.#drain === null && this.#shards.some(({ state }) => state === 'serving')
  }

  /** Read from memory that all threads share: costs no shard anything. */
  stats(): ShardsStats {
    const totals = new Totals()
    for (const shard of this.#shards) shard.addTo(totals)
    return {
      total: toStats(totals.numbers),
      shards: this.#shards.map(({ index, state, restarts, blockedMs, numbers }) => ({
        ...{ shard: index, state, restarts, blockedMs },
        stats: toStats(numbers),
      })),
    }
  }

  /**
   * What all threads have counted together, as `engine.metrics()`, and the health of each shard, as OpenMetrics text; see
   * docs/observability.md. The first call starts the measuring of durations, in later threads as well.
   */
  metrics(): string {
    return renderShardMetrics(
      this.#shards.map((shard) => {
        const totals = new Totals()
        shard.measure()
        shard.addTo(totals)
        const { index, state, restarts, blockedMs } = shard
        return { shard: index, state, restarts, blockedMs, stats: toStats(totals.numbers) }
      }),
    )
  }

  /**
   * Loads the application again, in new threads, and drains the old ones when the new ones serve. Rejects with what the
   * module threw when it does not load; the old threads go on then. Reloads run one after the other.
   * @throws OPTION_INVALID, SHARDS_DRAINED
   */
  async reload(options: Omit<DrainOptions, 'unreadyMs'> = {}): Promise<DrainReport> {
    resolveDrainOptions(options)
    const reload = this.#reloading.then(() => this.#reload(options))
    this.#reloading = reload.catch(() => {})
    return reload
  }

  /**
   * Drains every shard as `engine.drain()` does, and ends the threads. Calling it again returns the same drain.
   * @throws OPTION_INVALID
   */
  async drain(options: DrainOptions = {}): Promise<DrainReport> {
    resolveDrainOptions(options)
    this.#drain ??= this.#drainAll(options)
    return this.#drain
  }

  async #reload(options: DrainOptions): Promise<DrainReport> {
    await this.#replaceAll()
    const reports = await Promise.all(this.#shards.map((shard) => shard.drainPrevious(options)))
    return sum(reports.flat())
  }

  /** All or nothing: nobody serves before everybody is loaded. */
  async #replaceAll(): Promise<void> {
    if (this.#drain !== null) throw new NovaError('SHARDS_DRAINED')
    const loading = await Promise.allSettled(this.#shards.map((shard) => shard.load()))
    const workers = loading.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const failed = loading.find((result) => result.status === 'rejected')
    if (failed !== undefined || this.#drain !== null) {
      await Promise.all(workers.map((worker) => worker.terminate()))
      throw failed === undefined ? new NovaError('SHARDS_DRAINED') : failed.reason
    }
    await Promise.all(this.#shards.map((shard, i) => shard.serve(workers[i] as (typeof workers)[number])))
  }

  async #drainAll(options: DrainOptions): Promise<DrainReport> {
    clearInterval(this.#checking)
    // Each shard has a duplicate, which it closes when its queue is empty.
    this.#binding.close()
    const reports = await Promise.all(this.#shards.map((shard) => shard.drain(options)))
    return sum(reports.flat())
  }
}

/**
 * Serves a module on every core: one engine per worker thread, all on the same port. Resolves once every shard
 * accepts. A shard that crashes starts again; see `ShardEvents`.
 * @throws OPTION_INVALID, SHARDS_UNSUPPORTED; rejects with Node's error when the address cannot be had, with what the
 *   module throws, or with APP_INVALID when it exports nothing to serve
 */
export const createShards = (options: ShardOptions): Promise<Shards> => Shards.start(options)
