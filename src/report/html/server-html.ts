import type { ServerMetrics } from '../../load/target/server-metrics.ts'
import type { ServerFigures } from '../../load/target/server-watch.ts'
import { TAIL_MEANING } from '../../load/target/tail.ts'
import { bytes, count, duration, percent } from '../figures.ts'
import { html, type Markup, NOTHING } from './markup.ts'
import { banner, factsCard, tableCard } from './parts.ts'

type Fact = readonly [string, string]

const countsFact = (name: string, counts: Readonly<Record<string, number>>): Fact[] => {
  const all = Object.entries(counts).map(([kind, times]) => `${kind} ${count(times)}`)
  return all.length === 0 ? [] : [[name, all.join(', ')]]
}

const metricsFacts = (metrics: ServerMetrics): Fact[] => {
  const { requests, request, handler, eventLoopDelay, writeStall, handlerErrors, aborted } = metrics
  const about = (durations: ServerMetrics['request']): string =>
    durations.count === 0
      ? '-'
      : `p50 about ${duration(durations.p50Us)}, p99 about ${duration(durations.p99Us)}`
  return [
    ['Requests', count(requests)],
    ['Request', about(request)],
    ['Handler', about(handler)],
    ['Event loop late by', about(eventLoopDelay)],
    ['Write stalls', count(writeStall.count)],
    ...countsFact('Timeouts', metrics.timeouts),
    ...countsFact('Refusals', metrics.refusals),
    ['Handlers that failed', count(handlerErrors)],
    ['Requests broken off', count(aborted)],
  ]
}

/** What the server said of itself, and what its tail is made of; nothing when it was not asked. */
export const serverCards = (server: ServerFigures | null | undefined): Markup => {
  if (server == null) return NOTHING
  const { process, metrics, tail, notes } = server
  const used: Fact[] =
    process === null
      ? []
      : [
          ['CPU', `${percent(process.cpuShare)} of a core`],
          ['Memory', bytes(process.rssBytes)],
        ]
  const facts = [...used, ...(metrics === null ? [] : metricsFacts(metrics))]
  const parts = tail.map(({ part, p99Us }) => [TAIL_MEANING[part], `about ${duration(p99Us)}`])
  return html`${notes.length === 0 ? NOTHING : banner('warn', 'What the server says is not the whole:', notes)}
${tail.length === 0 ? NOTHING : tableCard('Where the slowest 1 % were; the parts do not add up', [['Part', 'p99'], ...parts])}
${facts.length === 0 ? NOTHING : factsCard('Server', facts)}`
}
