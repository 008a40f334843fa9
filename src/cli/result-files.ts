import { readFileSync } from 'node:fs'
import { NovaError } from '../errors.ts'
import { readLoadResult } from '../load/read-result.ts'
import type { LoadResult } from '../load/result.ts'
import { CliError } from './cli-error.ts'

/** Runs `work`; what is wrong with its input ends the command as bad usage. */
export const asUsage = <T>(work: () => T): T => {
  try {
    return work()
  } catch (cause) {
    if (!(cause instanceof NovaError)) throw cause
    throw new CliError('USAGE', cause.message, { cause })
  }
}

/** Reads a file that `--json` wrote. */
export const loadResultFile = (name: string): LoadResult => {
  let text: string
  try {
    text = readFileSync(name, 'utf8')
  } catch (cause) {
    throw new CliError('USAGE', `The file ${name} cannot be read: ${(cause as Error).message}`, { cause })
  }
  return asUsage(() => readLoadResult(text, name))
}
