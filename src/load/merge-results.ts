import { NovaError } from '../errors.ts'
import { type Durations, mergeDurations } from './durations.ts'
import { errorShareOf } from './error-share.ts'
import { FAILURE_KINDS, type FailureKind } from './failure-kinds.ts'
import type { LoadResult } from './result.ts'
import { mergePoints } from './timeline.ts'

/**
 * The results of generators that drove one test together, threads or machines, as one: counters and histograms add
 * exactly. The result has no verdict; judgeResult gives it one. Throws OPTION_INVALID when there is none to merge, or
 * when they are of different tests.
 */
export const mergeResults = (parts: readonly LoadResult[]): LoadResult => {
  const [first] = parts
  if (first === undefined) throw new NovaError('OPTION_INVALID', 'There are no results to merge.')
  const settings = JSON.stringify(first.settings)
  if (parts.some((part) => part.mode !== first.mode || JSON.stringify(part.settings) !== settings))
    throw new NovaError(
      'OPTION_INVALID',
      'The results are of tests with different settings; only parts of one test merge.',
    )
  const sum = (pick: (part: LoadResult) => number): number =>
    parts.reduce((total, part) => total + pick(part), 0)
  const max = (pick: (part: LoadResult) => number): number => Math.max(...parts.map(pick))
  const durations = (pick: (part: LoadResult) => Durations): Durations => mergeDurations(parts.map(pick))

  const errors = Object.fromEntries(
    FAILURE_KINDS.map((kind) => [kind, sum((part) => part.errors[kind])]),
  ) as Record<FailureKind, number>
  const statuses: Record<string, number> = {}
  for (const part of parts) {
    for (const [status, count] of Object.entries(part.statuses))
      statuses[status] = (statuses[status] ?? 0) + count
  }
  const good = sum((part) => part.requests.good)
  const points = max((part) => part.timeline.length)
  return {
    ...first,
    startedAt: parts.map((part) => part.startedAt).sort()[0] as string,
    measuredMs: max((part) => part.measuredMs),
    isInterrupted: parts.some((part) => part.isInterrupted),
    requests: {
      intended: sum((part) => part.requests.intended),
      good,
      failed: sum((part) => part.requests.failed),
      unfinished: sum((part) => part.requests.unfinished),
      resent: sum((part) => part.requests.resent),
      completedInWindow: sum((part) => part.requests.completedInWindow),
    },
    ratePerSecond: sum((part) => part.ratePerSecond),
    errorShare: errorShareOf(good, errors),
    errors,
    statuses,
    connectionsOpened: sum((part) => part.connectionsOpened),
    bytesSent: sum((part) => part.bytesSent),
    bytesReceived: sum((part) => part.bytesReceived),
    latency: durations((part) => part.latency),
    serviceTime: durations((part) => part.serviceTime),
    timeline: Array.from({ length: points }, (_, i) =>
      mergePoints(parts.flatMap((part) => part.timeline[i] ?? [])),
    ),
    generator: {
      scheduleLag: durations((part) => part.generator.scheduleLag),
      loopDelay: durations((part) => part.generator.loopDelay),
      cpuShare: max((part) => part.generator.cpuShare),
      cpuSeconds: sum((part) => part.generator.cpuSeconds),
      maxBacklog: sum((part) => part.generator.maxBacklog),
      limitedBy: [],
    },
    verdict: null,
    // All have watched the same server. Files of earlier versions do not have the field.
    server: parts.map((part) => part.server).find((server) => server != null) ?? null,
  }
}
