#!/usr/bin/env node
import { COMMANDS } from './cli/commands/all.ts'
import { runCli } from './cli/run.ts'

process.exitCode = await runCli(process.argv, COMMANDS)
