import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** The generator of these tests is in the process that runs them: on core 1, as the model's server spins on core 0. */
if (availableParallelism() > 1) execFileSync('taskset', ['-a', '-p', '-c', '1', String(process.pid)])
