import { NovaError } from '../errors.ts'
import type { LoadOptions, LoadProgress } from '../load/load-options.ts'
import type { LoadResult } from '../load/result.ts'
import { runLoad } from '../load/run-load.ts'
import { loadCsv } from '../report/csv.ts'
import { count, duration } from '../report/figures.ts'
import { loadHtml } from '../report/html/load-html.ts'
import { resultJson } from '../report/json.ts'
import { loadText } from '../report/load-text.ts'
import { CliError } from './cli-error.ts'
import { EXIT_CODES } from './exit-codes.ts'
import { LiveLine } from './live-line.ts'
import { type OutputFiles, requireWritable, writeFiles } from './output-files.ts'

const progressText = ({ phase, elapsedMs, durationMs, point }: LoadProgress): string => {
  if (phase === 'warmUp') return 'warming up'
  if (point === null) return 'waiting for the last responses'
  const rate = count((point.completed / point.lengthMs) * 1000)
  const failed = point.failed > 0 ? `, ${count(point.failed)} failed` : ''
  return `${Math.round(elapsedMs / 1000)}/${Math.round(durationMs / 1000)} s: ${rate}/s, p50 ${duration(point.p50Us)}, p99 ${duration(point.p99Us)}${failed}`
}

/** Ctrl-C, a supervisor's request, and a terminal that is closed. */
const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs `work` with a signal that Ctrl-C aborts, and turns its errors into the exit codes they stand for. */
export const untilInterrupted = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const abort = new AbortController()
  const onSignal = (): void => {
    // A second one ends it at once; what it has started is ended by listeners of 'exit'.
    if (abort.signal.aborted) process.exit(EXIT_CODES.ABORTED.code)
    abort.abort()
  }
  for (const signal of END_SIGNALS) process.on(signal, onSignal)
  try {
    return await work(abort.signal)
  } catch (error) {
    if (!(error instanceof NovaError)) throw error
    throw new CliError(error.code === 'TARGET_DOWN' ? 'TARGET_DOWN' : 'USAGE', error.message, {
      cause: error,
    })
  } finally {
    for (const signal of END_SIGNALS) process.off(signal, onSignal)
  }
}

/** Ends the command by what was measured; returns when all is well. */
const conclude = ({ requests, errors, generator, verdict }: LoadResult): void => {
  if (requests.good === 0 && errors.connect > 0)
    throw new CliError('TARGET_DOWN', 'The target answered nothing and refused connections.')
  if (generator.limitedBy.length > 0)
    throw new CliError('GENERATOR_LIMITED', 'The generator was the limit: try --workers, or a lower rate.')
  if (verdict?.isMet === false) throw new CliError('SLO_MISSED', 'The objective was missed.')
}

/** Writes the report on stdout and into the files that were asked for, and ends the command by what was measured. */
export const report = (result: LoadResult, files: OutputFiles): void => {
  process.stdout.write(loadText(result))
  writeFiles(files, {
    json: () => resultJson(result),
    csv: () => loadCsv(result),
    html: () => loadHtml(result),
  })
  conclude(result)
}

/** Runs one load test for a command: live figures on stderr, the report on stdout. */
export const runLoadCommand = async (options: LoadOptions, files: OutputFiles): Promise<void> => {
  requireWritable(files)
  const live = new LiveLine(process.stderr)
  const onProgress = (progress: LoadProgress): void =>
    live.show(progressText(progress), progress.elapsedMs / progress.durationMs)
  const result = await untilInterrupted((signal) => runLoad({ ...options, signal, onProgress })).finally(() =>
    live.end(),
  )
  report(result, files)
}
