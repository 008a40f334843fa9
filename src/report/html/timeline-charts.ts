import type { TimelinePoint } from '../../load/timeline.ts'
import type { AxisSpec, ChartSpec, MarkSpec, SeriesSpec } from '../chart-spec.ts'

const SECONDS: AxisSpec = { label: 'Seconds since the window began', kind: 'seconds', isLog: false }

/** Latency and rate over time, and errors where there are any, with a common cursor. */
export const timelineCharts = (
  id: string,
  timeline: readonly TimelinePoint[],
  marks: readonly MarkSpec[],
): ChartSpec[] => {
  const points = timeline.filter(({ lengthMs }) => lengthMs > 0)
  const perSecond = (count: number, { lengthMs }: TimelinePoint): number => (count * 1000) / lengthMs
  const latency = (pick: (point: TimelinePoint) => number): (number | null)[] =>
    points.map((point) =>
      point.completed === 0 || point.counts.length === 0 ? null : Math.max(1, pick(point)),
    )
  const chart = (
    name: string,
    heightPx: number,
    y: AxisSpec,
    series: readonly SeriesSpec[],
    across: readonly MarkSpec[] = [],
  ): ChartSpec => ({
    id: `${id}-${name}`,
    heightPx,
    x: SECONDS,
    y,
    xs: points.map(({ atMs, lengthMs }) => (atMs + lengthMs / 2) / 1000),
    series,
    marks: across,
    group: id,
  })
  const charts = [
    chart(
      'latency',
      260,
      { label: 'Latency', kind: 'durationUs', isLog: true },
      [
        { label: 'p50', color: 'main', style: 'line', values: latency(({ p50Us }) => p50Us) },
        { label: 'p99', color: 'second', style: 'line', values: latency(({ p99Us }) => p99Us) },
        { label: 'max', color: 'muted', style: 'points', values: latency(({ maxUs }) => maxUs) },
      ],
      marks,
    ),
    chart('rate', 180, { label: 'Responses/s', kind: 'count', isLog: false }, [
      {
        label: 'responses/s',
        color: 'main',
        style: 'area',
        values: points.map((point) => perSecond(point.completed, point)),
      },
    ]),
  ]
  if (points.every(({ failed }) => failed === 0)) return charts
  const errors: SeriesSpec = {
    label: 'errors/s',
    color: 'bad',
    style: 'bars',
    values: points.map((point) => (point.failed === 0 ? null : perSecond(point.failed, point))),
  }
  return [...charts, chart('errors', 140, { label: 'Errors/s', kind: 'count', isLog: false }, [errors])]
}
