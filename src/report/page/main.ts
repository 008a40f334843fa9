/** The script of a report: draws the charts whose data the page holds. Runs in a browser; see scripts/build-report.mjs. */
import type { ChartSpec } from '../chart-spec.ts'
import { ChartView } from './chart-view.ts'

const views = (JSON.parse(document.getElementById('charts')?.textContent ?? '[]') as ChartSpec[]).flatMap(
  (spec) => {
    const element = document.getElementById(spec.id)
    return element === null || spec.xs.length === 0 ? [] : [new ChartView(spec, element)]
  },
)

/** Colours are read from the style when a chart is drawn. */
const redraw = (): void => {
  for (const view of views) view.draw()
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
// Paper is white, and narrower than the window.
matchMedia('print').addEventListener('change', redraw)
addEventListener('beforeprint', redraw)
addEventListener('afterprint', redraw)

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) views.find(({ element }) => element === target)?.fit()
})
for (const { element } of views) sizes.observe(element)
