import { Worker } from 'node:worker_threads'
import { NovaError } from '../errors.ts'
import { systemLoadClock } from './load-clock.ts'
import type { LoadProgress } from './load-options.ts'
import type { LoadPlan } from './load-plan.ts'
import { mergeResults } from './merge-results.ts'
import type { LoadResult } from './result.ts'
import type { ThreadData, ThreadOrder, ThreadReport } from './thread-messages.ts'
import { mergePoints, type TimelinePoint } from './timeline.ts'

/** Enough for every thread to get the message before it is time to begin. */
const START_AFTER_MS = 20

/** One thread with a generator that has its part of the plan. */
class GeneratorThread {
  /** Its connections are open. */
  readonly ready: Promise<void>
  readonly done: Promise<LoadResult>
  readonly #worker: Worker

  constructor(plan: LoadPlan, onProgress: (progress: LoadProgress) => void) {
    const workerData: ThreadData = { plan }
    const worker = new Worker(new URL('./load-thread.js', import.meta.url), { workerData })
    const failed = new Promise<never>((_, reject) => {
      worker.on('error', reject)
      worker.on('exit', () => reject(new Error('A generator thread ended before its run.')))
      worker.on('message', (report: ThreadReport) => {
        if (report.kind === 'failed') reject(new NovaError(report.code, report.message))
      })
    })
    const ready = new Promise<void>((resolve) => {
      worker.on('message', (report: ThreadReport) => {
        if (report.kind === 'ready') resolve()
      })
    })
    const done = new Promise<LoadResult>((resolve) => {
      worker.on('message', (report: ThreadReport) => {
        if (report.kind === 'done') resolve(report.result)
        else if (report.kind === 'progress') onProgress(report.progress)
      })
    })
    this.ready = Promise.race([ready, failed])
    this.done = Promise.race([done, failed])
    // When a thread fails before it is ready, nobody waits for the rest.
    this.done.catch(() => {})
    this.#worker = worker
  }

  order(order: ThreadOrder): void {
    this.#worker.postMessage(order)
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }
}

/** Joins what the threads tell about the same interval: told once, when all have told it. */
const joinProgress = (
  threads: number,
  onProgress: (progress: LoadProgress) => void,
): ((progress: LoadProgress) => void) => {
  const pending = new Map<string, TimelinePoint[]>()
  const seen = new Map<string, number>()
  return (progress) => {
    const key = `${progress.phase} ${progress.point?.atMs ?? 0}`
    const points = pending.get(key) ?? []
    if (progress.point !== null) points.push(progress.point)
    pending.set(key, points)
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    if (count < threads) return
    pending.delete(key)
    seen.delete(key)
    onProgress({ ...progress, point: points.length === 0 ? null : mergePoints(points) })
  }
}

/** Runs the plan on several threads, each with its share of rate and connections. Rejects as `Generator.open` does. */
export const runThreads = async (
  plan: LoadPlan,
  signal: AbortSignal | undefined,
  onProgress: (progress: LoadProgress) => void,
  onStart: (startMs: number) => void,
): Promise<LoadResult> => {
  const { workers, part } = plan
  const onThreadProgress = joinProgress(workers, onProgress)
  const threads = Array.from({ length: workers }, (_, i) => {
    const threadPart = { index: part.index * workers + i, count: part.count * workers }
    return new GeneratorThread({ ...plan, part: threadPart }, onThreadProgress)
  })
  const stop = (): void => {
    for (const thread of threads) thread.order({ kind: 'stop' })
  }
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    await Promise.all(threads.map(({ ready }) => ready))
    const startMs = plan.startAt ?? systemLoadClock.wallNow() + START_AFTER_MS
    onStart(startMs)
    for (const thread of threads) thread.order({ kind: 'run', startMs })
    return mergeResults(await Promise.all(threads.map(({ done }) => done)))
  } finally {
    signal?.removeEventListener('abort', stop)
    await Promise.all(threads.map((thread) => thread.terminate()))
  }
}
