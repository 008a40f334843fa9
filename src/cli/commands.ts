import { registerAb } from './commands/ab.ts'
import { registerBench } from './commands/bench.ts'
import { registerCapacity } from './commands/capacity.ts'
import { registerCompare } from './commands/compare.ts'
import { registerLoad } from './commands/load.ts'
import { registerMerge } from './commands/merge.ts'
import { registerServe } from './commands/serve.ts'
import type { Register } from './program.ts'

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
