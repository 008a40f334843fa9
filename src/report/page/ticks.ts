import type { AxisKind } from '../chart-spec.ts'
import { count, duration } from '../figures.ts'

/** A share of 0.999 as 99.9 %. @param inverse 1 / (1 - share) */
const percentile = (inverse: number): string => {
  const nines = Math.max(0, Math.ceil(Math.log10(inverse)) - 1)
  return `${Number((100 * (1 - 1 / inverse)).toFixed(Math.max(nines, 1)))} %`
}

const FORMATS: Readonly<Record<AxisKind, (value: number) => string>> = {
  seconds: (value) => `${Number(value.toPrecision(6))} s`,
  durationUs: (value) => (value === 0 ? '0' : duration(value)),
  count: (value) => (value < 0 ? '' : count(value)),
  percentile,
}

export const formatOf = (kind: AxisKind): ((value: number) => string) => FORMATS[kind]

/** Percentiles that people speak of. */
const PERCENTILE_TICKS = [1, 2, 4, 10, 20, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000]
const FINE = [1, 2, 5]
/** With so many powers of ten the steps between them are left out. */
const MANY_DECADES = 3
const FEW_DECADES = 0.7

/** Where a logarithmic axis from `min` to `max` is labelled. */
export const logTicks = (kind: AxisKind, min: number, max: number): number[] => {
  const isInside = (value: number): boolean => value >= min * 0.999 && value <= max * 1.001
  if (kind === 'percentile') return PERCENTILE_TICKS.filter(isInside)
  const decades = Math.log10(max / min)
  const steps =
    decades > MANY_DECADES ? [1] : decades < FEW_DECADES ? [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9] : FINE
  const ticks: number[] = []
  for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++) {
    for (const step of steps) ticks.push(step * 10 ** power)
  }
  return ticks.filter(isInside)
}
