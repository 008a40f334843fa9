import { type Durations, histogramOf } from '../../load/durations.ts'
import { parseSlo, type SloClause } from '../../load/slo.ts'
import type { ChartColor, ChartSpec, MarkSpec } from '../chart-spec.ts'
import { duration } from '../figures.ts'

export interface PercentileSeries {
  readonly label: string
  readonly color: ChartColor
  readonly durations: Durations
}

/** Points on each power of ten: enough for a smooth line. */
const POINTS_PER_DECADE = 30

const isLatency = (clause: SloClause): clause is SloClause & { kind: 'latency' } => clause.kind === 'latency'

const nameOf = (of: number | 'mean'): string =>
  of === 'mean' ? 'mean' : of === 1 ? 'max' : `p${Number((of * 100).toFixed(4))}`

/** A line for each latency that the objective asks for. */
export const objectiveMarks = (slo: string | null): MarkSpec[] =>
  slo === null
    ? []
    : parseSlo(slo)
        .clauses.filter(isLatency)
        .map(({ of, maxUs }) => ({
          axis: 'y',
          value: maxUs,
          label: `${nameOf(of)} < ${duration(maxUs)}`,
          color: 'bad',
        }))

/**
 * Latency over percentile, the way HdrHistogram plots it. It ends at the percentile that the slowest request stands for, and
 * leaves the fastest 7 % out: a single one would stretch the logarithmic axis.
 */
export const percentileChart = (
  id: string,
  series: readonly PercentileSeries[],
  marks: readonly MarkSpec[],
): ChartSpec => {
  const most = Math.max(10, ...series.map(({ durations }) => durations.count))
  const steps = Math.ceil(Math.log10(most) * POINTS_PER_DECADE)
  const xs = Array.from({ length: steps }, (_, i) => Math.min(most, 10 ** ((i + 1) / POINTS_PER_DECADE)))
  return {
    id,
    heightPx: 320,
    x: { label: 'Percentile', kind: 'percentile', isLog: true },
    y: { label: 'Latency', kind: 'durationUs', isLog: true },
    xs,
    series: series.map(({ label, color, durations }) => {
      const histogram = histogramOf(durations)
      return {
        label,
        color,
        style: 'line',
        values: xs.map((x) =>
          x > durations.count ? null : Math.max(1, histogram.getValueAtPercentile(100 * (1 - 1 / x))),
        ),
      }
    }),
    marks,
    group: null,
  }
}
