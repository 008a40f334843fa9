#!/usr/bin/env node
import { registerBench } from './cli/commands/bench.ts'
import { registerCapacity } from './cli/commands/capacity.ts'
import { registerLoad } from './cli/commands/load.ts'
import { registerServe } from './cli/commands/serve.ts'
import { runCli } from './cli/run.ts'

process.exitCode = await runCli(process.argv, [registerServe, registerBench, registerLoad, registerCapacity])
