import type { CapacityResult } from '../load/capacity/capacity-result.ts'
import type { Comparison } from '../load/comparison/comparison.ts'
import type { LoadResult } from '../load/result.ts'

/** A result as a file: what `format` and `version` in it say. */
export const resultJson = (result: LoadResult | CapacityResult | Comparison): string =>
  `${JSON.stringify(result, undefined, 2)}\n`
