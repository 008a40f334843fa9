/** Figures as people read them: three significant digits and a unit. */

const digits = (value: number): string => {
  if (value >= 1_000) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

export const duration = (us: number): string => {
  if (us < 1_000) return `${digits(us)} us`
  return us < 1_000_000 ? `${digits(us / 1_000)} ms` : `${digits(us / 1_000_000)} s`
}

export const count = (value: number): string => digits(value)

export const percent = (share: number): string => `${digits(share * 100)} %`

export const bytes = (value: number): string => {
  if (value < 1_024) return `${digits(value)} B`
  return value < 1_048_576 ? `${digits(value / 1_024)} KiB` : `${digits(value / 1_048_576)} MiB`
}

/** Rows of cells as text; every column but the first is aligned to its right. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
