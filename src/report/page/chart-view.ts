import uPlot from 'uplot'
import type { AxisSpec, ChartSpec, SeriesSpec } from '../chart-spec.ts'
import { drawMarks } from './marks.ts'
import { colorOf, shadeOf } from './theme.ts'
import { formatOf, logTicks } from './ticks.ts'

const FONT = '12px system-ui, sans-serif'
/** Of a logarithmic axis: room beside the outermost values. */
const LOG_MARGIN = 1.25
const MIN_WIDTH_PX = 240
/** Narrower than this there is no room for the name of a vertical axis. */
const NARROW_PX = 520
const LABEL_CHARACTER_PX = 7
/** Of a vertical axis: charts below each other begin at the same place. */
const LEAST_AXIS_PX = 64
const X_AXIS_PX = 30

const valueScale = (axis: AxisSpec, marks: readonly number[]): uPlot.Scale => ({
  distr: axis.isLog ? 3 : 1,
  range: (_chart, dataMin, dataMax): uPlot.Range.MinMax => {
    const min = Math.min(dataMin ?? 1, ...marks)
    const max = Math.max(dataMax ?? 1, ...marks)
    if (axis.isLog) return [min / LOG_MARGIN, max * LOG_MARGIN]
    return [0, max <= 0 ? 1 : max * 1.1]
  },
})

/** From `first` to `last`, what is beside them included; narrower when the reader has drawn over a part. */
const scaleAlong = (axis: AxisSpec, first: number, last: number, marks: readonly number[]): uPlot.Scale => ({
  time: false,
  distr: axis.isLog ? 3 : 1,
  range: (_chart, min, max): uPlot.Range.MinMax => {
    if (min > first || max < last) return [min, max]
    if (axis.kind === 'percentile') return [1, Math.max(10, last)]
    // Points are in the middle of their intervals.
    if (axis.kind === 'seconds') return [0, first + last]
    return [Math.min(first, ...marks) / LOG_MARGIN, Math.max(last, ...marks) * LOG_MARGIN]
  },
})

const axisOf = (axis: AxisSpec, isVertical: boolean, isNarrow: boolean): uPlot.Axis => {
  const format = formatOf(axis.kind)
  const shared: uPlot.Axis = {
    ...(isNarrow && isVertical ? {} : { label: axis.label, labelFont: FONT, labelSize: 20 }),
    font: FONT,
    stroke: () => colorOf('text'),
    grid: { stroke: () => colorOf('grid'), width: 1 },
    ticks: { stroke: () => colorOf('grid'), width: 1, size: 5 },
    values: (_chart, splits) => splits.map((value) => format(value)),
  }
  const splits = axis.isLog
    ? { splits: (_chart: uPlot, _axis: number, min: number, max: number) => logTicks(axis.kind, min, max) }
    : {}
  // uPlot blanks what is not 1, 2 or 5 on logarithmic axes; the ticks are chosen already, and thinned where narrow.
  const filter: uPlot.Axis['filter'] = (chart, values) => {
    if (!axis.isLog) return values
    const gapPx = isVertical ? 16 : axis.kind === 'percentile' ? 58 : 52
    let last = Number.NaN
    return values.map((value) => {
      const at = chart.valToPos(value, isVertical ? 'y' : 'x')
      if (Math.abs(at - last) < gapPx) return null
      last = at
      return value
    })
  }
  const size: uPlot.Axis.Size = (_chart, values) =>
    Math.max(
      LEAST_AXIS_PX,
      16 + LABEL_CHARACTER_PX * Math.max(0, ...(values ?? []).map((value) => value?.length ?? 0)),
    )
  return {
    ...shared,
    ...splits,
    filter,
    values: (_chart, values) => values.map((value) => (value === null ? null : format(value))),
    ...(isVertical ? { size } : { space: 70, size: X_AXIS_PX }),
  }
}

const seriesOf = ({ label, color, style }: SeriesSpec, y: AxisSpec): uPlot.Series => {
  const format = formatOf(y.kind)
  const isLine = style === 'line' || style === 'area'
  return {
    label,
    stroke: () => colorOf(color),
    width: 2,
    // Without a cursor there is no value, and the style leaves the colon out.
    value: (_chart, value) => (value == null ? '' : format(value)),
    points: { show: style === 'points', size: 7, fill: () => colorOf(color), stroke: () => colorOf(color) },
    ...(style === 'area' || style === 'bars' ? { fill: () => shadeOf(color) } : {}),
    ...(style === 'bars'
      ? { paths: uPlot.paths.bars?.({ size: [0.8, 40] }) as uPlot.Series.PathBuilder }
      : {}),
    ...(style === 'points' ? { paths: () => null } : {}),
    ...(isLine ? { spanGaps: true } : {}),
  }
}

/** One chart in its element. */
export class ChartView {
  readonly element: HTMLElement
  readonly #spec: ChartSpec
  #chart: uPlot
  #isNarrow: boolean

  constructor(spec: ChartSpec, element: HTMLElement) {
    this.#spec = spec
    this.element = element
    this.#isNarrow = element.clientWidth < NARROW_PX
    this.#chart = this.#make()
  }

  /** Again, in the colours of now. */
  draw(): void {
    this.#chart.redraw(true, true)
  }

  /** To the width of its element. */
  fit(): void {
    const isNarrow = this.element.clientWidth < NARROW_PX
    if (isNarrow === this.#isNarrow) {
      this.#chart.setSize(this.#size)
      return
    }
    this.#isNarrow = isNarrow
    this.#chart.destroy()
    this.#chart = this.#make()
  }

  get #size(): { width: number; height: number } {
    return { width: Math.max(MIN_WIDTH_PX, this.element.clientWidth), height: this.#spec.heightPx }
  }

  #make(): uPlot {
    const { x, y, xs, series, marks, group } = this.#spec
    const format = formatOf(x.kind)
    const marksOf = (axis: 'x' | 'y'): number[] =>
      marks.filter((mark) => mark.axis === axis).map(({ value }) => value)
    return new uPlot(
      {
        ...this.#size,
        scales: {
          x: scaleAlong(x, xs[0] as number, xs.at(-1) as number, marksOf('x')),
          y: valueScale(y, marksOf('y')),
        },
        axes: [axisOf(x, false, this.#isNarrow), axisOf(y, true, this.#isNarrow)],
        series: [
          { label: x.label, value: (_chart, value) => (value == null ? '' : format(value)) },
          ...series.map((one) => seriesOf(one, y)),
        ],
        cursor: group === null ? {} : { sync: { key: group } },
        legend: { live: true },
        hooks: { draw: [(chart) => drawMarks(chart, marks)] },
      },
      [xs, ...series.map(({ values }) => values)] as uPlot.AlignedData,
      this.element,
    )
  }
}
