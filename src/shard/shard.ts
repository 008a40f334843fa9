import { type DrainOptions, type DrainReport, resolveDrainOptions } from '../engine/server/drain.ts'
import { NovaError } from '../errors.ts'
import type { Binding } from './binding.ts'
import { Heartbeat } from './heartbeat.ts'
import type { ResolvedShardOptions } from './shard-options.ts'
import { ShardWorker } from './shard-worker.ts'
import { Totals, toStats } from './shared-stats.ts'

export type ShardState = 'starting' | 'serving' | 'restarting' | 'draining' | 'ended'

/** Told by a shard about itself. */
export interface ShardObserver {
  onCrash(shard: number, error: unknown, restartInMs: number): void
  onRestart(shard: number): void
  onBlocked(shard: number, blockedMs: number): void
  onRecovered(shard: number, blockedMs: number): void
}

/** How often event loops are looked at, ms. */
export const CHECK_MS = 100

const MAX_RESTART_DELAY_MS = 10_000

/** A thread that has served for so long was not started in vain: the next crash counts as a first one. */
const STEADY_MS = 30_000

/** From this delay on, the shard's socket is not kept: who is in its queue waits for too long. */
const LONG_DELAY_MS = 1_000

/** A drain ends by itself at its deadline, and sockets linger; a thread that does not is blocked. */
const DRAIN_MARGIN_MS = 3_000

/** Rejects when `promise` takes longer than `ms`. */
const within = async <T>(promise: Promise<T>, ms: number, message: string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new NovaError('SHARD_FAILED', message)), ms)
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}

/** One place among the shards: whoever serves there now, what ended there, and when it starts again. */
export class Shard {
  readonly index: number
  /** After crashes. */
  restarts = 0
  state: ShardState = 'starting'
  /** For how long its event loop has stood still; 0 as long as that is not too long. */
  blockedMs = 0
  readonly #options: ResolvedShardOptions
  readonly #binding: Binding
  readonly #observer: ShardObserver
  #worker: ShardWorker | null = null
  #heartbeat: Heartbeat | null = null
  /** Why it was ended from here. */
  #verdict: Error | null = null
  #startedAt = 0
  #crashes = 0
  /** Somebody asks for durations. */
  #isMeasured = false
  #restarting: NodeJS.Timeout | undefined
  /** Earlier threads whose requests are being finished. */
  readonly #draining = new Set<ShardWorker>()
  readonly #ended = new Totals()

  constructor(index: number, options: ResolvedShardOptions, binding: Binding, observer: ShardObserver) {
    this.index = index
    this.#options = options
    this.#binding = binding
    this.#observer = observer
  }

  /** Starts a thread that does not serve yet. Rejects with what its module threw. */
  async load(): Promise<ShardWorker> {
    const { app, backlog, engine, startTimeoutMs } = this.#options
    const worker = new ShardWorker({ app, backlog, engine, fd: this.#binding.fd(this.index) })
    if (this.#isMeasured) worker.shared.measure()
    try {
      await within(worker.loaded, startTimeoutMs, `${app} has not loaded within ${startTimeoutMs} ms.`)
    } catch (error) {
      await worker.terminate()
      throw error
    }
    return worker
  }

  /** Lets a loaded thread serve. The one that has served here goes on until it is drained. */
  async serve(worker: ShardWorker): Promise<void> {
    const { startTimeoutMs } = this.#options
    try {
      await within(worker.listen(), startTimeoutMs, `It does not listen within ${startTimeoutMs} ms.`)
    } catch (error) {
      await worker.terminate()
      throw error
    }
    clearTimeout(this.#restarting)
    const previous = this.#worker
    if (previous !== null) this.#draining.add(previous)
    this.#worker = worker
    this.#startedAt = performance.now()
    this.#heartbeat = new Heartbeat(CHECK_MS, this.#startedAt)
    this.blockedMs = 0
    this.state = 'serving'
    void worker.ended.then((end) => {
      this.#ended.addEnded(worker.shared.read())
      this.#draining.delete(worker)
      if (this.#worker !== worker) return
      this.#worker = null
      if (this.state === 'serving') this.#onCrash('error' in end ? end.error : new NovaError('SHARD_FAILED'))
    })
  }

  /** Drains the threads whose place was taken. */
  drainPrevious(options: DrainOptions): Promise<DrainReport[]> {
    return Promise.all([...this.#draining].map((worker) => drainWorker(worker, options)))
  }

  /** Drains all there is, and starts nothing again. */
  async drain(options: DrainOptions): Promise<DrainReport[]> {
    clearTimeout(this.#restarting)
    this.state = 'draining'
    const workers = [...this.#draining, ...(this.#worker === null ? [] : [this.#worker])]
    const reports = await Promise.all(workers.map((worker) => drainWorker(worker, options)))
    this.state = 'ended'
    return reports
  }

  /** Figures of the thread that serves now. */
  get numbers(): Float64Array {
    return this.#worker?.shared.read() ?? new Totals().numbers
  }

  /** Adds all that was ever counted here. */
  addTo(totals: Totals): void {
    for (const worker of [this.#worker, ...this.#draining]) {
      if (worker !== null) totals.add(worker.shared.read())
    }
    totals.add(this.#ended.numbers)
  }

  /** Threads of this place, later ones included, measure durations from now on. */
  measure(): void {
    this.#isMeasured = true
    this.#worker?.shared.measure()
  }

  /** Looks at the event loop. */
  check(now: number): void {
    const worker = this.#worker
    if (worker === null || this.#heartbeat === null || this.state !== 'serving') return
    const { blockedAfterMs, replaceAfterMs } = this.#options
    const stillMs = Math.round(this.#heartbeat.check(worker.shared.beat, now))
    if (blockedAfterMs > 0 && stillMs >= blockedAfterMs) {
      const isNew = this.blockedMs === 0
      this.blockedMs = stillMs
      if (isNew) this.#observer.onBlocked(this.index, stillMs)
    } else if (this.blockedMs > 0) {
      const { blockedMs } = this
      this.blockedMs = 0
      this.#observer.onRecovered(this.index, blockedMs)
    }
    if (replaceAfterMs > 0 && stillMs >= replaceAfterMs && this.#verdict === null) {
      this.#verdict = new NovaError(
        'SHARD_FAILED',
        `The event loop of the shard stood still for ${stillMs} ms.`,
      )
      void worker.terminate()
    }
  }

  #onCrash(error: unknown): void {
    const reason = this.#verdict ?? error
    this.#verdict = null
    this.blockedMs = 0
    if (performance.now() - this.#startedAt > STEADY_MS) this.#crashes = 0
    const delayMs = Math.min(this.#options.restartDelayMs * 2 ** this.#crashes, MAX_RESTART_DELAY_MS)
    this.#crashes++
    this.state = 'restarting'
    if (delayMs >= LONG_DELAY_MS) this.#binding.release(this.index)
    this.#restarting = setTimeout(() => void this.#restart(), delayMs)
    this.#observer.onCrash(this.index, reason, delayMs)
  }

  async #restart(): Promise<void> {
    try {
      const worker = await this.load()
      if (this.state !== 'restarting') return await worker.terminate()
      await this.serve(worker)
      this.restarts++
      this.#observer.onRestart(this.index)
    } catch (error) {
      if (this.state !== 'restarting') return
      this.#startedAt = performance.now()
      this.#onCrash(error)
    }
  }
}

const drainWorker = async (worker: ShardWorker, options: DrainOptions): Promise<DrainReport> => {
  const { unreadyMs, graceMs } = resolveDrainOptions(options)
  const startedAt = performance.now()
  worker.drain(options)
  try {
    const end = await within(worker.ended, unreadyMs + graceMs + DRAIN_MARGIN_MS, 'It does not drain.')
    if ('report' in end) return end.report
  } catch {
    await worker.terminate()
  }
  const { exchanges } = toStats(worker.shared.read())
  const tookMs = Math.round(performance.now() - startedAt)
  return { finished: 0, idleClosed: 0, aborted: exchanges.live, tookMs }
}
