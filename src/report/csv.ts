import type { CapacityResult } from '../load/capacity/capacity-result.ts'
import type { Comparison } from '../load/comparison/comparison.ts'
import type { LoadResult } from '../load/result.ts'

/** RFC 4180. */
const csv = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `${row.join(',')}\r\n`).join('')

/** The timeline of a load test, one line for each interval. */
export const loadCsv = ({ timeline }: LoadResult): string =>
  csv([
    ['at_ms', 'length_ms', 'completed', 'failed', 'p50_us', 'p99_us', 'max_us'],
    ...timeline.map((point) => [
      point.atMs,
      point.lengthMs,
      point.completed,
      point.failed,
      point.p50Us,
      point.p99Us,
      point.maxUs,
    ]),
  ])

/** The trials of a search, one line for each. */
export const capacityCsv = ({ trials }: CapacityResult): string =>
  csv([
    [
      'phase',
      'load',
      'outcome',
      'limit',
      'rate',
      'error_share',
      'p50_us',
      'p90_us',
      'p99_us',
      'max_us',
      'server_cpu',
    ],
    ...trials.map((trial) => [
      trial.phase,
      trial.load,
      trial.outcome,
      trial.limit ?? '',
      trial.ratePerSecond,
      trial.errorShare,
      trial.p50Us,
      trial.p90Us,
      trial.p99Us,
      trial.maxUs,
      trial.server?.cpuShare ?? '',
    ]),
  ])

/** The figures of a comparison, one line for each metric. */
export const comparisonCsv = ({ metrics }: Comparison): string =>
  csv([
    ['metric', 'a', 'b', 'change', 'low', 'high', 'difference'],
    ...metrics.map(({ metric, a, b, change, low, high, difference }) => [
      metric,
      a,
      b,
      change,
      low,
      high,
      difference,
    ]),
  ])
