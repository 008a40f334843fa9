import { NovaError } from '../errors.ts'
import type { Part } from './arrivals/arrivals.ts'
import { type Durations, mergeDurations } from './durations.ts'
import { errorShareOf } from './error-share.ts'
import { FAILURE_KINDS, type FailureKind } from './failure-kinds.ts'
import type { LoadResult } from './result.ts'
import { mergePoints } from './timeline.ts'

const invalid = (detail: string): NovaError => new NovaError('OPTION_INVALID', detail)

/** Null when nobody knows. */
const maxOrNull = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => typeof value === 'number')
  return known.length === 0 ? null : Math.max(...known)
}

const mergeParts = (results: readonly LoadResult[]): Part[] => {
  const parts = results.flatMap((result) => result.parts).sort((a, b) => a.index - b.index)
  if (parts.some(({ count }) => count !== parts[0]?.count))
    throw invalid('The results are of tests that were divided into different numbers of parts.')
  const twin = parts.find(({ index }, i) => index === parts[i - 1]?.index)
  if (twin !== undefined)
    throw invalid(`Two of the results hold part ${twin.index + 1} of ${twin.count}; each is there once.`)
  return parts
}

const requireOneTest = (results: readonly LoadResult[], first: LoadResult): void => {
  const settings = JSON.stringify(first.settings)
  if (results.some(({ mode, settings: own }) => mode !== first.mode || JSON.stringify(own) !== settings))
    throw invalid('The results are of tests with different settings; only parts of one test merge.')
  const startsMs = results.map(({ startedAt }) => Date.parse(startedAt))
  if (Math.max(...startsMs) - Math.min(...startsMs) >= first.settings.durationMs)
    throw invalid('The results were not measured at the same time: give all parts one --start-at.')
}

/**
 * The results of generators that drove one test together, threads or machines, as one: counters and histograms add
 * exactly. The result has no verdict; judgeResult gives it one. Throws OPTION_INVALID when there is none to merge, when
 * they are of different tests or times, or when two hold the same part.
 */
export const mergeResults = (parts: readonly LoadResult[]): LoadResult => {
  const [first] = parts
  if (first === undefined) throw invalid('There are no results to merge.')
  requireOneTest(parts, first)
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
    parts: mergeParts(parts),
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
      coreWaitShare: maxOrNull(parts.map((part) => part.generator.coreWaitShare)),
      maxBacklog: sum((part) => part.generator.maxBacklog),
      limitedBy: [],
    },
    verdict: null,
    // All have watched the same server. Files of earlier versions do not have the field.
    server: parts.map((part) => part.server).find((server) => server != null) ?? null,
  }
}
