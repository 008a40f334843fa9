#!/usr/bin/env node
import { COMMANDS } from './cli/commands.ts'
import { runCli } from './cli/run.ts'

process.exitCode = await runCli(process.argv, COMMANDS)
