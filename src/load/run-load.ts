import { Generator, systemEnvironment } from './generator.ts'
import { judgeResult } from './judgement.ts'
import { systemLoadClock } from './load-clock.ts'
import type { LoadOptions } from './load-options.ts'
import { type LoadPlan, resolvePlan } from './load-plan.ts'
import type { LoadResult } from './result.ts'
import { type ClientFigures, ServerWatch } from './target/server-watch.ts'
import { runThreads } from './threads.ts'

/** Told when the test begins, in ms since the epoch. */
type OnStart = (startMs: number) => void

const runHere = async (
  plan: LoadPlan,
  { signal, onProgress = () => {} }: LoadOptions,
  onStart: OnStart,
): Promise<LoadResult> => {
  const generator = new Generator(plan, systemEnvironment, onProgress)
  const stop = (): void => generator.stop()
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    await generator.open()
    const startMs = plan.startAt ?? systemLoadClock.wallNow()
    onStart(startMs)
    return await generator.run(startMs)
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

const run = (plan: LoadPlan, options: LoadOptions, onStart: OnStart): Promise<LoadResult> =>
  plan.workers > 1
    ? runThreads(plan, options.signal, options.onProgress ?? (() => {}), onStart)
    : runHere(plan, options, onStart)

const clientFigures = (
  { part }: LoadPlan,
  { requests, latency, serviceTime, measuredMs }: LoadResult,
): ClientFigures => ({
  latencyP99Us: latency.p99Us,
  serviceP99Us: serviceTime.p99Us,
  requests: requests.intended * part.count,
  measuredMs,
})

const runWatched = async (plan: LoadPlan, options: LoadOptions): Promise<LoadResult> => {
  const watch = new ServerWatch(plan)
  await watch.prepare()
  try {
    const result = await run(plan, options, (startMs) => {
      const fromInMs = Math.max(0, startMs - systemLoadClock.wallNow()) + plan.warmUpMs
      watch.schedule(fromInMs, fromInMs + plan.durationMs)
    })
    return { ...result, server: await watch.conclude(clientFigures(plan, result)) }
  } finally {
    watch.cancel()
  }
}

/**
 * Runs one load test and says what was measured. With `rate` requests are sent when they are due (open loop), without
 * it each connection sends when it has a response (closed loop).
 *
 * An abort of `signal` ends the test early and is no error: the result says `isInterrupted`. Rejects with a NovaError:
 * OPTION_INVALID for an option that is out of its range, TARGET_DOWN when nothing can be connected to.
 */
export const runLoad = async (options: LoadOptions): Promise<LoadResult> => {
  const plan = resolvePlan(options)
  const isWatched = plan.serverMetrics !== null || plan.pid !== null
  return judgeResult(await (isWatched ? runWatched(plan, options) : run(plan, options, () => {})))
}
