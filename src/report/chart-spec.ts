/** What an axis counts; says how its values are written. */
export type AxisKind = 'seconds' | 'durationUs' | 'count' | 'percentile'

/** Colours by what they mean; the page has a shade of each for its light and its dark theme. */
export type ChartColor = 'main' | 'second' | 'good' | 'bad' | 'muted'

export interface AxisSpec {
  readonly label: string
  /** 'percentile': the values are 1 / (1 - share), so that 99 %, 99.9 % and 99.99 % are equally far apart. */
  readonly kind: AxisKind
  readonly isLog: boolean
}

export interface SeriesSpec {
  readonly label: string
  readonly color: ChartColor
  readonly style: 'line' | 'area' | 'points' | 'bars'
  /** One for each x; null where there is none. */
  readonly values: readonly (number | null)[]
}

/** A line across the chart, such as an objective. */
export interface MarkSpec {
  readonly axis: 'x' | 'y'
  readonly value: number
  /** Empty: none. */
  readonly label: string
  readonly color: ChartColor
}

/** One chart as plain data: reports write it into the page, the page's script draws it. */
export interface ChartSpec {
  /** Of the element it is drawn into. */
  readonly id: string
  readonly heightPx: number
  readonly x: AxisSpec
  readonly y: AxisSpec
  /** Ascending. */
  readonly xs: readonly number[]
  readonly series: readonly SeriesSpec[]
  readonly marks: readonly MarkSpec[]
  /** Charts with the same group have a common cursor. */
  readonly group: string | null
}
