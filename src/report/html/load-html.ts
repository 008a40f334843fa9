import type { Durations } from '../../load/durations.ts'
import { FAILURE_KINDS, FAILURE_MEANING } from '../../load/failure-kinds.ts'
import type { LoadResult } from '../../load/result.ts'
import type { ChartSpec } from '../chart-spec.ts'
import { bytes, count, duration, percent } from '../figures.ts'
import { missingPartsText } from '../load-text.ts'
import { documentHtml } from './document.ts'
import { html, type Markup, NOTHING } from './markup.ts'
import { banner, chartCard, factsCard, header, tableCard, tiles } from './parts.ts'
import { objectiveMarks, percentileChart } from './percentile-chart.ts'
import { serverCards } from './server-html.ts'
import { timelineCharts } from './timeline-charts.ts'

const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(1))} s`

const durationRow = (name: string, { count: times, ...durations }: Durations): string[] => [
  name,
  ...([durations.minUs, durations.meanUs, durations.p50Us, durations.p90Us, durations.p99Us] as const)
    .concat(durations.p999Us, durations.p9999Us, durations.maxUs)
    .map((us) => (times === 0 ? '-' : duration(us))),
]

const verdictBanner = (result: LoadResult): Markup => {
  const { generator, verdict, settings, isInterrupted } = result
  const missing = missingPartsText(result)
  const interrupted = [
    isInterrupted ? banner('warn', 'Interrupted: this is what was measured until then.') : NOTHING,
    missing === '' ? NOTHING : banner('warn', missing),
  ]
  if (generator.limitedBy.length > 0)
    return html`${interrupted}${banner('warn', 'Limited by the generator: no verdict about the target', generator.limitedBy)}`
  if (verdict === null) return html`${interrupted}`
  const line = `${verdict.isMet ? 'Met' : 'Missed'}: ${settings.slo}`
  return html`${interrupted}${banner(verdict.isMet ? 'good' : 'bad', line, verdict.missed)}`
}

const figureTiles = ({ latency, ratePerSecond, errorShare, requests, settings }: LoadResult): Markup =>
  tiles([
    {
      name: 'Rate',
      value: `${count(ratePerSecond)}/s`,
      note: settings.rate === null ? 'as fast as answers came' : `${count(settings.rate)}/s were due`,
    },
    { name: 'p50', value: duration(latency.p50Us), note: 'half were faster' },
    { name: 'p99', value: duration(latency.p99Us), note: '1 % were slower' },
    { name: 'p99.9', value: duration(latency.p999Us), note: '1 in 1,000 was slower' },
    { name: 'Max', value: duration(latency.maxUs), note: 'the slowest' },
    {
      name: 'Errors',
      value: percent(errorShare),
      note: `${count(requests.failed)} of ${count(requests.intended)} requests`,
    },
  ])

const runFacts = (result: LoadResult): Markup => {
  const { settings, requests, machine, measuredMs, bytesReceived, bytesSent } = result
  const perSecond = (value: number): string => `${bytes((value / Math.max(1, measuredMs)) * 1000)}/s`
  return factsCard('Run', [
    ['Target', settings.url],
    ['Requests', settings.requests.join(', ')],
    [
      'Load',
      settings.rate === null
        ? 'closed loop: each connection sends when it has a response'
        : `open loop: ${count(settings.rate)} requests/s, ${settings.arrivals} arrivals, seed ${settings.seed}`,
    ],
    ['Connections', `${count(settings.connections)}, ${settings.pipeline} in flight on each`],
    ['Measured', `${seconds(measuredMs)} after ${seconds(settings.warmUpMs)} of warm-up`],
    ['Answered', `${count(requests.good)} good of ${count(requests.intended)} due`],
    ['Sent again', count(requests.resent)],
    ['Unfinished', count(requests.unfinished)],
    ['Connections opened', count(result.connectionsOpened)],
    ['Received', perSecond(bytesReceived)],
    ['Sent', perSecond(bytesSent)],
    ['Machine', `${machine.platform}, ${machine.cores} cores, Node ${machine.node}`],
  ])
}

const generatorFacts = ({ generator, mode, settings }: LoadResult): Markup =>
  factsCard('Generator', [
    ['CPU of its busiest thread', `${percent(generator.cpuShare)} of a core`],
    ['Threads', count(settings.workers)],
    ...(mode === 'open' ? [['Schedule lag, p99', duration(generator.scheduleLag.p99Us)] as const] : []),
    ['Event-loop delay, p99', duration(generator.loopDelay.p99Us)],
    ['Most that waited for a connection', count(generator.maxBacklog)],
  ])

const errorsTable = ({ errors, statuses }: LoadResult): Markup => {
  const kinds = FAILURE_KINDS.filter((kind) => errors[kind] > 0)
  const rows = [
    ...kinds.map((kind) => [`${kind}: ${FAILURE_MEANING[kind]}`, count(errors[kind])]),
    ...Object.entries(statuses).map(([status, times]) => [`responses with status ${status}`, count(times)]),
  ]
  return rows.length === 0 ? NOTHING : tableCard('Outcomes', [['Outcome', 'Count'], ...rows])
}

/** The charts of one run, and the cards they are in. */
export const runCharts = (
  result: LoadResult,
): { readonly charts: readonly ChartSpec[]; readonly body: Markup } => {
  const { latency, serviceTime, mode, settings, timeline, requests } = result
  const marks = objectiveMarks(settings.slo)
  const percentiles = percentileChart(
    'percentiles',
    [
      // What is drawn last is on top: where both are the same, latency is seen.
      ...(mode === 'open'
        ? [{ label: 'service time', color: 'muted' as const, durations: serviceTime }]
        : []),
      { label: mode === 'open' ? 'latency' : 'response time', color: 'main', durations: latency },
    ],
    marks,
  )
  const time = timelineCharts('timeline', timeline, marks)
  const note =
    mode === 'open'
      ? 'Latency counts from when a request was due, service time from when it was sent.'
      : 'From when a request was sent to its last byte. A closed loop hides how long users would wait.'
  return {
    charts: [percentiles, ...time],
    body: html`${chartCard('Latency by percentile', note, [percentiles])}${chartCard('Over time', `What happened in each interval${requests.failed === 0 ? '; no request failed' : ''}.`, time)}`,
  }
}

/** A load test as a page. */
export const loadHtml = (result: LoadResult): string => {
  const { settings, startedAt, mode, latency, serviceTime } = result
  const { charts, body } = runCharts(result)
  const percentiles = [
    ['', 'min', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'p99.99', 'max'],
    durationRow('Latency', latency),
    ...(mode === 'open' ? [durationRow('Service time', serviceTime)] : []),
  ]
  return documentHtml({
    title: `Load test of ${settings.url}`,
    charts,
    body: html`${header('Load test', settings.url, startedAt)}
${verdictBanner(result)}
${figureTiles(result)}
${body}
${tableCard('Percentiles', percentiles)}
${errorsTable(result)}
${serverCards(result.server)}
<div class="columns">${runFacts(result)}${generatorFacts(result)}</div>`,
  })
}
