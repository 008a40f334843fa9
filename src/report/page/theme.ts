import type { ChartColor } from '../chart-spec.ts'

type ThemeColor = ChartColor | 'text' | 'grid' | 'plate'

/** The colour of the theme that is shown now, from the page's style. */
export const colorOf = (name: ThemeColor): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()

/** The same, translucent. */
export const shadeOf = (name: ThemeColor): string => `${colorOf(name)}2e`
