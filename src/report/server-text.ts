import type { ServerMetrics } from '../load/target/server-metrics.ts'
import type { ServerFigures } from '../load/target/server-watch.ts'
import { TAIL_MEANING, type TailShare } from '../load/target/tail.ts'
import { bytes, count, duration, percent } from './figures.ts'

const countsText = (name: string, counts: Readonly<Record<string, number>>): string[] => {
  const all = Object.entries(counts).map(([kind, times]) => `${kind} ${count(times)}`)
  return all.length === 0 ? [] : [`  ${name}: ${all.join(', ')}`]
}

const metricsText = (metrics: ServerMetrics): string[] => {
  const { request, handler, eventLoopDelay, writeStall, handlerErrors, aborted } = metrics
  const durations = [
    ...(request.count === 0
      ? []
      : [
          `request about p50 ${duration(request.p50Us)}, p99 ${duration(request.p99Us)}`,
          `handler p50 ${duration(handler.p50Us)}, p99 ${duration(handler.p99Us)}`,
        ]),
    `event loop late by p99 ${duration(eventLoopDelay.p99Us)}`,
    `${count(writeStall.count)} write stalls`,
  ]
  return [
    `  ${count(metrics.requests)} requests; ${durations.join('; ')}`,
    ...countsText('timeouts', metrics.timeouts),
    ...countsText('refusals', metrics.refusals),
    ...(handlerErrors === 0 ? [] : [`  ${count(handlerErrors)} handlers failed`]),
    ...(aborted === 0 ? [] : [`  ${count(aborted)} requests were broken off`]),
  ]
}

/** What p99 is made of, a line for each part. */
export const tailText = (tail: readonly TailShare[]): string[] =>
  tail.map(({ part, p99Us }) => `  about ${duration(p99Us)} ${TAIL_MEANING[part]}`)

/** What the server said of itself, as lines for a terminal. */
export const serverText = (server: ServerFigures | null | undefined): string[] => {
  if (server == null) return []
  const { process, metrics, tail, notes } = server
  const used = process === null ? '' : `${percent(process.cpuShare)} of a core, ${bytes(process.rssBytes)}`
  return [
    `server     ${used}`.trimEnd(),
    ...(metrics === null ? [] : metricsText(metrics)),
    ...(tail.length === 0
      ? []
      : ['p99        what it is made of; the parts do not add up', ...tailText(tail)]),
    ...notes.map((note) => `  ${note}`),
  ]
}
