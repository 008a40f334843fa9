/** @typedef {import('./statistics.mjs').Spread} Spread */

/** A table in Markdown. @param {readonly string[]} header @param {readonly (readonly string[])[]} rows */
export const markdown = (header, rows) => {
  const widths = header.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)))
  /** @param {readonly string[]} cells */
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  return [
    line(header),
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...rows.map(line),
  ].join('\n')
}

/** Median (min..max). @param {Spread | undefined} value @param {number} digits */
export const ranged = (value, digits) => {
  if (!value) return '-'
  const { median, min, max } = value
  return min === max
    ? median.toFixed(digits)
    : `${median.toFixed(digits)} (${min.toFixed(digits)}..${max.toFixed(digits)})`
}

/** @param {number} value */
export const whole = (value) => Math.round(value).toLocaleString('en')
/** @param {number} us */
export const milliseconds = (us) => (us / 1000).toFixed(2)
/** @param {number} share */
export const percent = (share) => `${Math.round(share * 100)} %`
/** @param {Spread} bytes */
export const megabytes = ({ median, min, max }) =>
  ranged({ median: median / 1e6, min: min / 1e6, max: max / 1e6 }, 1)
