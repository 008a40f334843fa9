import type { Comparison, ComparisonSide } from '../../load/comparison/comparison.ts'
import {
  cautions,
  changeText,
  DIFFERENCE_TEXT,
  METRIC_NAMES,
  methodText,
  metricValue,
  verdictLine,
} from '../comparison-text.ts'
import { count, percent } from '../figures.ts'
import { documentHtml } from './document.ts'
import { intervalPlot, reachOf } from './interval-plot.ts'
import { html, type Markup } from './markup.ts'
import { banner, chartCard, factsCard, header, type Tone, tableCard } from './parts.ts'
import { objectiveMarks, percentileChart } from './percentile-chart.ts'

const TONES: Readonly<Record<string, Tone>> = { none: 'plain', better: 'good', worse: 'bad' }

const sideFacts = (
  title: string,
  { name, settings, runs, ratePerSecond, errorShare }: ComparisonSide,
): Markup =>
  factsCard(title, [
    ['Name', name],
    ['Target', settings.url],
    ['Load', settings.rate === null ? 'closed loop' : `open loop, ${count(settings.rate)} requests/s`],
    ['Connections', count(settings.connections)],
    ['Runs', count(runs)],
    ['Rate', `${count(ratePerSecond)}/s`],
    ['Errors', percent(errorShare)],
  ])

/** A comparison as a page. */
export const comparisonHtml = (comparison: Comparison): string => {
  const { a, b, metrics, verdict, machine, threshold } = comparison
  const reach = reachOf(metrics, threshold)
  const chart = percentileChart(
    'percentiles',
    [
      { label: 'A', color: 'main', durations: a.latency },
      { label: 'B', color: 'second', durations: b.latency },
    ],
    objectiveMarks(a.settings.slo),
  )
  const rows = metrics.map((metric) => [
    METRIC_NAMES[metric.metric],
    metricValue(metric.metric, metric.a),
    metricValue(metric.metric, metric.b),
    changeText(metric),
    intervalPlot(metric, reach, threshold),
    DIFFERENCE_TEXT[metric.difference],
  ])
  const tone = verdict === null ? 'warn' : (TONES[verdict] as Tone)
  return documentHtml({
    title: `${b.name} against ${a.name}`,
    charts: [chart],
    body: html`${header('Comparison', `B: ${b.name}`, `against A: ${a.name}`)}
${banner(tone, verdictLine(comparison), cautions(comparison))}
${tableCard('What differs', [['', 'A', 'B', 'B to A [interval]', `-${percent(reach)} to +${percent(reach)}`, 'Verdict'], ...rows])}
${chartCard('Latency by percentile', 'All runs of each together.', [chart])}
<div class="columns">${sideFacts('A', a)}${sideFacts('B', b)}</div>
${factsCard('Method', [
  ['Intervals', methodText(comparison)],
  ['Machine', `${machine.platform}, ${machine.cores} cores, Node ${machine.node}`],
])}`,
  })
}
