import { Generator, systemEnvironment } from './generator.ts'
import { judgeResult } from './judgement.ts'
import { systemLoadClock } from './load-clock.ts'
import type { LoadOptions } from './load-options.ts'
import { resolvePlan } from './load-plan.ts'
import type { LoadResult } from './result.ts'
import { runThreads } from './threads.ts'

/**
 * Runs one load test and says what was measured. With `rate` requests are sent when they are due (open loop), without
 * it each connection sends when it has a response (closed loop).
 *
 * An abort of `signal` ends the test early and is no error: the result says `isInterrupted`. Rejects with a NovaError:
 * OPTION_INVALID for an option that is out of its range, TARGET_DOWN when nothing can be connected to.
 */
export const runLoad = async (options: LoadOptions): Promise<LoadResult> => {
  const plan = resolvePlan(options)
  const { signal, onProgress = () => {} } = options
  if (plan.workers > 1) return judgeResult(await runThreads(plan, signal, onProgress))
  const generator = new Generator(plan, systemEnvironment, onProgress)
  const stop = (): void => generator.stop()
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    await generator.open()
    return judgeResult(await generator.run(plan.startAt ?? systemLoadClock.wallNow()))
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}
