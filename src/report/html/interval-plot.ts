import type { MetricComparison } from '../../load/comparison/comparison.ts'
import { changeText } from '../comparison-text.ts'
import { html, type Markup } from './markup.ts'

const WIDTH_PX = 240
const HEIGHT_PX = 22
const PAD_PX = 7
/** Twice as much or nothing: what is beyond ends at the edge. */
const MOST = 1
/** The smallest changes are seen, too. */
const LEAST_THRESHOLDS = 4

/** What the edges of all plots of a comparison stand for. */
export const reachOf = (metrics: readonly MetricComparison[], threshold: number): number => {
  const farthest = Math.max(...metrics.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]))
  return Math.min(MOST, Math.max(farthest, LEAST_THRESHOLDS * threshold, 0.001))
}

/** A change and its interval around a line that means no change; `reach` is what the edges stand for. */
export const intervalPlot = (metric: MetricComparison, reach: number, threshold: number): Markup => {
  const middle = WIDTH_PX / 2
  const at = (share: number): string =>
    (middle + Math.max(-1, Math.min(1, share / reach)) * (middle - PAD_PX)).toFixed(1)
  const band = Math.min(1, threshold / reach) * (middle - PAD_PX)
  const y = HEIGHT_PX / 2
  return html`<svg class="interval ${metric.difference}" viewBox="0 0 ${WIDTH_PX} ${HEIGHT_PX}" width="${WIDTH_PX}" height="${HEIGHT_PX}" role="img" aria-label="${changeText(metric)}">
<rect x="${(middle - band).toFixed(1)}" y="0" width="${(2 * band).toFixed(1)}" height="${HEIGHT_PX}"></rect>
<line class="zero" x1="${middle}" y1="0" x2="${middle}" y2="${HEIGHT_PX}"></line>
<line class="range" x1="${at(metric.low)}" y1="${y}" x2="${at(metric.high)}" y2="${y}"></line>
<circle cx="${at(metric.change)}" cy="${y}" r="4.5"></circle></svg>`
}
