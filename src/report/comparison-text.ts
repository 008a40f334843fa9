import {
  type Comparison,
  type Difference,
  METRICS,
  type MetricComparison,
  type MetricName,
  settingsThatDiffer,
} from '../load/comparison/comparison.ts'
import { count, duration, percent, table } from './figures.ts'

export const METRIC_NAMES: Readonly<Record<MetricName, string>> = {
  rate: 'rate',
  p50: 'p50 latency',
  p99: 'p99 latency',
  errors: 'errors',
  cpu: 'CPU per response',
}

const signed = (share: number): string => {
  const value = Number((share * 100).toFixed(Math.abs(share) < 0.1 ? 2 : 1))
  return `${value > 0 ? '+' : ''}${value}`
}

/** A value of a metric with its unit. */
export const metricValue = (metric: MetricName, value: number): string => {
  if (METRICS[metric].isDuration) return duration(value)
  return METRICS[metric].scale === 'share' ? percent(value) : `${count(value)}/s`
}

/** '+10.2 % [9.6, 10.9]'; shares are in percentage points. */
export const changeText = ({ metric, change, low, high }: MetricComparison): string => {
  const unit = METRICS[metric].scale === 'share' ? 'points' : '%'
  return `${signed(change)} ${unit} [${signed(low)}, ${signed(high)}]`
}

/** What the whole of it says, in one line. */
export const verdictLine = ({ verdict, metrics }: Comparison): string => {
  if (verdict === null) return 'LIMITED BY THE GENERATOR: no verdict'
  if (verdict === 'none') return 'NO DIFFERENCE'
  const found = (which: Difference): string =>
    metrics
      .filter(({ difference }) => difference === which)
      .map((metric) => `${METRIC_NAMES[metric.metric]} ${changeText(metric)}`)
      .join('; ')
  const better = verdict === 'worse' ? found('better') : ''
  return `B IS ${verdict.toUpperCase()}: ${found(verdict)}${better === '' ? '' : `; though better: ${better}`}`
}

/** A sentence on each thing that makes the two less alike than they should be. */
export const cautions = (comparison: Comparison): string[] => {
  const { limitedBy } = comparison
  const different = settingsThatDiffer(comparison)
  return different.length === 0
    ? [...limitedBy]
    : [...limitedBy, `They were asked for different things (A, B): ${different.join('; ')}`]
}

/** How the intervals came about. */
export const methodText = ({ kind, samples, confidence, threshold, seed }: Comparison): string => {
  const from =
    kind === 'rounds'
      ? `${samples} pairs of rounds, A and B in turn`
      : `${samples} stretches of one run each; what differs from run to run is not seen, nova ab sees it`
  return `${from}; bootstrap intervals, all right together with ${percent(confidence)} (seed ${seed}); below ${percent(threshold)} is no difference`
}

export const DIFFERENCE_TEXT = { none: 'no difference', better: 'B is better', worse: 'B is WORSE' } as const

/** A comparison as text for a terminal; its last line is the verdict. */
export const comparisonText = (comparison: Comparison): string => {
  const { a, b, metrics } = comparison
  return [
    `A  ${a.name}\nB  ${b.name}`,
    '',
    table([
      ['', 'A', 'B', 'B to A', ''],
      ...metrics.map((metric) => [
        METRIC_NAMES[metric.metric],
        metricValue(metric.metric, metric.a),
        metricValue(metric.metric, metric.b),
        changeText(metric),
        DIFFERENCE_TEXT[metric.difference],
      ]),
    ]),
    '',
    methodText(comparison),
    ...cautions(comparison).map((limit) => `  ${limit}`),
    verdictLine(comparison),
    '',
  ].join('\n')
}
