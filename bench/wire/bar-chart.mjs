import { escaped } from './page.mjs'

/**
 * @typedef {object} Bar
 * @property {string} name
 * @property {number} median
 * @property {number} min
 * @property {number} max
 */

const [WIDTH, ROW, BAR, LABEL, VALUE] = [720, 24, 14, 190, 90]
const PLOT = WIDTH - LABEL - VALUE

/**
 * Horizontal bars of medians with whiskers from least to most, as one SVG. A bar below zero is drawn as none.
 *
 * @param {string} title
 * @param {string} unit
 * @param {readonly Bar[]} bars
 * @param {number} digits
 * @param {'linear' | 'log'} [scale] Logarithmic from 1 on.
 */
export const barChart = (title, unit, bars, digits, scale = 'linear') => {
  const most = Math.max(1e-9, ...bars.map(({ max }) => max))
  /** @param {number} value */
  const x = (value) =>
    scale === 'log'
      ? (PLOT * Math.log(Math.max(1, value))) / Math.log(Math.max(2, most))
      : (PLOT * Math.max(0, value)) / most
  const rows = bars.map(({ name, median, min, max }, i) => {
    const middle = i * ROW + ROW / 2
    const isOurs = /\bnova\b/.test(name)
    const text = median.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
    return [
      `<text class="name" x="${LABEL - 8}" y="${middle + 4}">${escaped(name)}</text>`,
      `<rect class="${isOurs ? 'ours' : 'other'}" x="${LABEL}" y="${middle - BAR / 2}" width="${x(median).toFixed(1)}" height="${BAR}"/>`,
      `<path class="whisker" d="M${(LABEL + x(min)).toFixed(1)} ${middle}H${(LABEL + x(max)).toFixed(1)}"/>`,
      `<text x="${(LABEL + x(max) + 6).toFixed(1)}" y="${middle + 4}">${text}</text>`,
    ].join('')
  })
  return `<figure><figcaption><b>${escaped(title)}</b> ${escaped(unit)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${bars.length * ROW}" role="img" aria-label="${escaped(`${title}: ${unit}`)}">
${rows.join('\n')}
</svg></figure>`
}
