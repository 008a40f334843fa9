import { MessageParser } from '../parser/message-parser.ts'
import { arrivalsOf } from './arrivals/arrivals.ts'
import { Random } from './arrivals/random.ts'
import type { ConnectionContext } from './client-connection.ts'
import { type Connect, connector } from './client-transport.ts'
import { ClosedLoop } from './closed-loop.ts'
import { ConnectionPool, type LoadDriver } from './connection-pool.ts'
import { type LoadClock, systemLoadClock } from './load-clock.ts'
import type { LoadProgress } from './load-options.ts'
import { type LoadPlan, shareOf } from './load-plan.ts'
import { OpenLoop } from './open-loop.ts'
import { Recorder } from './recorder.ts'
import { prepareRequest } from './request/prepared-request.ts'
import { RequestSource } from './request/request-source.ts'
import { TemplateValues } from './request/template.ts'
import { ResponseCheck } from './response-check.ts'
import { ResponseMemo } from './response-memo.ts'
import type { LoadResult } from './result.ts'
import { SelfWatch } from './self-watch.ts'
import { threadResult } from './thread-result.ts'

/** What a target may send; beyond, it is a bad response. */
const RESPONSE_LIMITS = {
  maxHeadBytes: 65_536,
  maxTargetBytes: 1,
  maxFields: 1_000,
  maxTrailerBytes: 65_536,
  maxChunkExtensionBytes: 65_536,
}
const INTERVAL_MS = 1_000
/** Of a timeline; a longer run has longer intervals. */
const MAX_POINTS = 600
const DRAIN_LOOK_MS = 5
/** Independent sequences of the plan's seed. */
const ARRIVAL_STREAM = 0
const MIX_STREAM = 1
const VALUE_STREAM = 2
const STREAMS = 3

/** Where a generator runs: the machine's clock and network, or a test's. */
export interface GeneratorEnvironment {
  readonly clock: LoadClock
  /** @param window where the connections' bytes have to arrive. */
  connector(plan: LoadPlan, window: Buffer): Connect
}

export const systemEnvironment: GeneratorEnvironment = {
  clock: systemLoadClock,
  connector: (plan, window) => connector(plan.target, window),
}

/** One thread's part of a load test: opens connections, runs once, and says what it saw. */
export class Generator {
  readonly #plan: LoadPlan
  readonly #clock: LoadClock
  readonly #onProgress: (progress: LoadProgress) => void
  readonly #recorder = new Recorder()
  readonly #pool: ConnectionPool
  readonly #open: OpenLoop | null
  readonly #driver: LoadDriver
  readonly #watch: SelfWatch
  #isInterrupted = false
  /** Ends the wait that is going on. */
  #wake = (): void => {}

  constructor(
    plan: LoadPlan,
    environment: GeneratorEnvironment,
    onProgress: (progress: LoadProgress) => void,
  ) {
    const { clock } = environment
    const { part, seed, pipeline, requestsPerConnection, rate } = plan
    const stream = (use: number): Random => new Random(seed, STREAMS * part.index + use)
    const values = plan.template ? new TemplateValues(stream(VALUE_STREAM), part, plan.rows) : null
    const requests = plan.requests.map((request) => prepareRequest(request, plan.host, values))
    const source = new RequestSource(requests, stream(MIX_STREAM))
    const recorder = this.#recorder
    const parser = new MessageParser({ mode: 'response', ...RESPONSE_LIMITS })
    this.#plan = plan
    this.#clock = clock
    this.#onProgress = onProgress
    if (rate === null) {
      this.#open = null
      this.#driver = new ClosedLoop(source, recorder, requestsPerConnection > 0)
    } else {
      const arrivals = arrivalsOf(plan.arrivals, rate, part, stream(ARRIVAL_STREAM))
      this.#open = new OpenLoop({
        clock,
        source,
        recorder,
        arrivals,
        maxBacklog: shareOf(plan.maxBacklog, part),
      })
      this.#driver = this.#open
    }
    const context: ConnectionContext = {
      clock,
      parser,
      recorder,
      check: new ResponseCheck(plan.expectStatus, plan.expectBody),
      memo: new ResponseMemo(parser.window),
      connect: environment.connector(plan, parser.window),
      pipeline,
      requestsPerConnection,
      hasHead: source.hasHead,
    }
    this.#pool = new ConnectionPool(context, this.#driver, shareOf(plan.connections, part), plan.timeoutMs)
    this.#watch = new SelfWatch(clock, () => this.#open?.idleMs ?? 0)
  }

  /** Opens the connections. Rejects with TARGET_DOWN when there is nothing to connect to. */
  open(): Promise<void> {
    return this.#pool.open(this.#plan.rampMs)
  }

  /** Ends the run early: `run` resolves with what was measured. */
  stop(): void {
    this.#isInterrupted = true
    this.#pool.close()
    this.#wake()
  }

  /** Warms up, measures, and waits for what is in flight. @param startMs on the clock of the epoch. */
  async run(startMs: number): Promise<LoadResult> {
    const { warmUpMs, durationMs } = this.#plan
    const recorder = this.#recorder
    const beginMs = this.#clock.now() + Math.max(0, startMs - this.#clock.wallNow())
    recorder.fromMs = beginMs + warmUpMs
    recorder.untilMs = recorder.fromMs + durationMs
    this.#open?.start(beginMs, recorder.untilMs)
    this.#report('warmUp')
    await this.#waitUntil(recorder.fromMs)
    const startedAt = new Date(this.#clock.wallNow()).toISOString()
    this.#watch.start()
    await this.#measure()
    recorder.untilMs = Math.max(recorder.fromMs, Math.min(recorder.untilMs, this.#clock.now()))
    const self = this.#watch.stop()
    if (!this.#isInterrupted) await this.#drain()
    this.#pool.close()
    return threadResult(this.#plan, this.#recorder, {
      ...self,
      startedAt,
      isInterrupted: this.#isInterrupted,
      maxBacklog: this.#open?.maxBacklog ?? 0,
    })
  }

  async #measure(): Promise<void> {
    const { fromMs, untilMs, timeline } = this.#recorder
    const intervalMs = Math.max(INTERVAL_MS, this.#plan.durationMs / MAX_POINTS)
    for (let atMs = fromMs; atMs < untilMs && !this.#isInterrupted; atMs += intervalMs) {
      await this.#waitUntil(Math.min(untilMs, atMs + intervalMs))
      timeline.close(atMs - fromMs, Math.min(untilMs, atMs + intervalMs) - atMs)
      this.#report('measure')
    }
  }

  /** What was due in the window is part of the result, also when it is answered later. */
  async #drain(): Promise<void> {
    const now = this.#clock.now()
    const deadlineMs = now + this.#plan.timeoutMs
    this.#driver.stop(now)
    this.#report('drain')
    while (this.#recorder.unfinished > 0 && this.#clock.now() < deadlineMs && !this.#isInterrupted) {
      await this.#waitUntil(this.#clock.now() + DRAIN_LOOK_MS)
    }
    if (!this.#isInterrupted) this.#pool.giveUp()
  }

  #waitUntil(atMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isInterrupted) return resolve()
      const cancel = this.#clock.after(Math.max(0, atMs - this.#clock.now()), resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }

  #report(phase: LoadProgress['phase']): void {
    const { durationMs } = this.#plan
    const elapsedMs = Math.min(durationMs, Math.max(0, this.#clock.now() - this.#recorder.fromMs))
    const point = phase === 'measure' ? (this.#recorder.timeline.points.at(-1) ?? null) : null
    this.#onProgress({ phase, elapsedMs, durationMs, point })
  }
}
