import type { Register } from '../program.ts'
import { registerAb } from './ab.ts'
import { registerBench } from './bench.ts'
import { registerCapacity } from './capacity.ts'
import { registerCompare } from './compare.ts'
import { registerLoad } from './load.ts'
import { registerMerge } from './merge.ts'
import { registerServe } from './serve.ts'

/** Every command, in the order of `nova --help`. */
export const COMMANDS: readonly Register[] = [
  registerServe,
  registerBench,
  registerLoad,
  registerCapacity,
  registerAb,
  registerCompare,
  registerMerge,
]
