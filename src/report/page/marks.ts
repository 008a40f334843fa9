import type uPlot from 'uplot'
import type { MarkSpec } from '../chart-spec.ts'
import { colorOf } from './theme.ts'

const FONT = '600 11px system-ui, sans-serif'
const PAD = 4

/** Draws lines across the chart with a label on each, and a plate under it so that curves do not cross the text. */
export const drawMarks = (chart: uPlot, marks: readonly MarkSpec[]): void => {
  const { ctx, bbox } = chart
  const ratio = devicePixelRatio
  ctx.save()
  ctx.font = FONT.replace('11px', `${11 * ratio}px`)
  ctx.textBaseline = 'middle'
  ctx.textAlign = 'left'
  let vertical = 0
  for (const { axis, value, label, color } of marks) {
    const { min, max } = chart.scales[axis] ?? {}
    if (min == null || max == null || value < min || value > max) continue
    const at = chart.valToPos(value, axis, true)
    ctx.strokeStyle = colorOf(color)
    ctx.lineWidth = 1.5 * ratio
    ctx.setLineDash([6 * ratio, 4 * ratio])
    ctx.beginPath()
    if (axis === 'y') {
      ctx.moveTo(bbox.left, at)
      ctx.lineTo(bbox.left + bbox.width, at)
    } else {
      ctx.moveTo(at, bbox.top)
      ctx.lineTo(at, bbox.top + bbox.height)
    }
    ctx.stroke()
    if (label === '') continue
    const width = ctx.measureText(label).width + 2 * PAD * ratio
    const height = 16 * ratio
    // Vertical lines may stand close together: their labels go below each other.
    const top = axis === 'y' ? at - height - 2 * ratio : bbox.top + (4 + 20 * vertical++) * ratio
    // What is on the side where curves rise would be covered.
    const isRight = at > bbox.left + bbox.width / 2
    const left = axis === 'y' ? bbox.left + 6 * ratio : isRight ? at - width - 4 * ratio : at + 4 * ratio
    ctx.fillStyle = colorOf('plate')
    ctx.fillRect(left, Math.max(bbox.top, top), width, height)
    ctx.fillStyle = colorOf(color)
    ctx.fillText(label, left + PAD * ratio, Math.max(bbox.top, top) + height / 2)
  }
  ctx.restore()
}
