import type { CapacityResult } from '../../load/capacity/capacity-result.ts'
import type { Trial } from '../../load/capacity/trial.ts'
import { LIMIT_TEXT } from '../capacity-text.ts'
import type { AxisSpec, ChartSpec, MarkSpec } from '../chart-spec.ts'
import { bytes, count, duration, percent } from '../figures.ts'
import { documentHtml } from './document.ts'
import { runCharts } from './load-html.ts'
import { html, type Markup, NOTHING } from './markup.ts'
import { banner, chartCard, factsCard, header, type Tile, tableCard, tiles } from './parts.ts'
import { objectiveMarks } from './percentile-chart.ts'

const unitOf = ({ search, ratePerConnection }: CapacityResult): string =>
  search === 'rate' ? 'requests/s' : `connections at ${count(ratePerConnection ?? 0)} requests/s each`

const loadMarks = ({ sustainable, knee }: CapacityResult): MarkSpec[] => [
  ...(sustainable === null
    ? []
    : [{ axis: 'x' as const, value: sustainable, label: 'sustainable', color: 'good' as const }]),
  ...(knee === null || knee === sustainable
    ? []
    : [{ axis: 'x' as const, value: knee, label: 'knee', color: 'muted' as const }]),
]

const middleOf = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number

/** Trials of one load stand at loads that differ by nothing that is seen: a chart's x ascends. */
const APART = 1e-6

/** Latency over load: flat, a knee, and the wall. Lines go through the middle trial of each load. */
const kneeCharts = (result: CapacityResult): ChartSpec[] => {
  const trials = [...result.trials].sort((a, b) => a.load - b.load)
  const firstOf = (load: number): number => trials.findIndex((trial) => trial.load === load)
  const x: AxisSpec = { label: `Load, ${unitOf(result)}`, kind: 'count', isLog: true }
  const points = (pick: (trial: Trial) => number | null): (number | null)[] => trials.map(pick)
  const line = (pick: (trial: Trial) => number): (number | null)[] =>
    trials.map(({ load }, i) =>
      i === firstOf(load)
        ? Math.max(1, middleOf(trials.filter((trial) => trial.load === load).map(pick)))
        : null,
    )
  const p99Of = ({ p99Us }: Trial): number => Math.max(1, p99Us)
  const isPass = ({ outcome }: Trial): boolean => outcome === 'pass'
  const xs = trials.map(({ load }, i) => load * (1 + APART * (i - firstOf(load))))
  const common = { x, xs, group: 'capacity' }
  const latency: ChartSpec = {
    ...common,
    id: 'capacity-latency',
    heightPx: 320,
    y: { label: 'Latency', kind: 'durationUs', isLog: true },
    series: [
      { label: 'p50', color: 'main', style: 'line', values: line(({ p50Us }) => p50Us) },
      { label: 'p99', color: 'second', style: 'line', values: line(p99Of) },
      {
        label: 'p99, kept',
        color: 'good',
        style: 'points',
        values: points((trial) => (isPass(trial) ? p99Of(trial) : null)),
      },
      {
        label: 'p99, missed',
        color: 'bad',
        style: 'points',
        values: points((trial) => (isPass(trial) ? null : p99Of(trial))),
      },
    ],
    marks: [...objectiveMarks(result.slo), ...loadMarks(result)],
  }
  const answered: ChartSpec = {
    ...common,
    id: 'capacity-rate',
    heightPx: 260,
    y: { label: 'Answered/s', kind: 'count', isLog: true },
    series: [
      {
        label: 'due/s',
        color: 'muted',
        style: 'line',
        values: line(({ load }) => load * (result.ratePerConnection ?? 1)),
      },
      {
        label: 'answered/s',
        color: 'main',
        style: 'line',
        values: line(({ ratePerSecond }) => ratePerSecond),
      },
    ],
    // Their names are in the chart above.
    marks: loadMarks(result).map((mark) => ({ ...mark, label: '' })),
  }
  return [latency, answered]
}

const foundBanner = (result: CapacityResult): Markup => {
  const { sustainable, exceeded, gaveWay, confirmation, slo, isInterrupted } = result
  const interrupted = isInterrupted
    ? banner('warn', 'Interrupted: this is what was known until then.')
    : NOTHING
  const why = gaveWay === null ? [] : [LIMIT_TEXT[gaveWay.kind], ...gaveWay.reasons]
  if (sustainable === null) {
    const line =
      exceeded === null
        ? 'Nothing was found out'
        : `Not even ${count(exceeded)} ${unitOf(result)} keep ${slo}`
    return html`${interrupted}${banner(exceeded === null ? 'warn' : 'bad', line, why)}`
  }
  const confirmed = confirmation === null ? ', not confirmed by a longer run' : ''
  const bound =
    exceeded === null
      ? 'the highest load allowed; more was not tried'
      : `the limit lies between ${count(sustainable)} and ${count(exceeded)}`
  const tone = gaveWay?.kind === 'generator' || confirmation === null ? 'warn' : 'good'
  return html`${interrupted}${banner(tone, `${count(sustainable)} ${unitOf(result)} keep ${slo}${confirmed}`, [bound, ...why])}`
}

const foundTiles = ({ sustainable, exceeded, knee, confirmation, trials }: CapacityResult): Markup => {
  const orDash = (value: number | null): string => (value === null ? '-' : count(value))
  const all: Tile[] = [
    { name: 'Sustainable', value: orDash(sustainable), note: 'kept the objective' },
    { name: 'Exceeded', value: orDash(exceeded), note: 'the lowest load that missed it' },
    { name: 'Knee', value: orDash(knee), note: 'latency begins to rise' },
    { name: 'Trials', value: count(trials.length), note: 'loads that were tried' },
  ]
  if (confirmation !== null)
    all.push({ name: 'p99', value: duration(confirmation.latency.p99Us), note: 'at the sustainable load' })
  return tiles(all)
}

const trialsTable = (trials: readonly Trial[]): Markup =>
  tableCard('Trials', [
    ['Phase', 'Load', 'Answered/s', 'p50', 'p99', 'Max', 'Errors', 'Server CPU', 'Server memory', 'Outcome'],
    ...trials.map((trial) => [
      trial.phase,
      count(trial.load),
      count(trial.ratePerSecond),
      duration(trial.p50Us),
      duration(trial.p99Us),
      duration(trial.maxUs),
      percent(trial.errorShare),
      trial.server === null ? '-' : percent(trial.server.cpuShare),
      trial.server === null ? '-' : bytes(trial.server.rssBytes),
      trial.limit === null ? trial.outcome : LIMIT_TEXT[trial.limit],
    ]),
  ])

/** A search for capacity as a page. */
export const capacityHtml = (result: CapacityResult): string => {
  const { url, slo, startedAt, trials, confirmation, machine } = result
  const knee = kneeCharts(result)
  const confirmed = confirmation === null ? { charts: [], body: NOTHING } : runCharts(confirmation)
  return documentHtml({
    title: `Capacity of ${url}`,
    charts: [...knee, ...confirmed.charts],
    body: html`${header('Capacity', url, startedAt)}
${foundBanner(result)}
${foundTiles(result)}
${trials.length === 0 ? NOTHING : chartCard('Latency and throughput by load', 'Each trial is a point.', knee)}
${confirmation === null ? NOTHING : html`<h2 class="part">The confirming run</h2>`}
${confirmed.body}
${trialsTable(trials)}
${factsCard('Search', [
  ['Target', url],
  ['Objective', slo],
  ['Raised', unitOf(result)],
  ['Machine', `${machine.platform}, ${machine.cores} cores, Node ${machine.node}`],
])}`,
  })
}
