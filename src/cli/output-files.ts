import { accessSync, constants, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CliError } from './cli-error.ts'

/** Where a command writes what, beside its report on stdout. */
export interface OutputFiles {
  readonly json?: string | undefined
  readonly csv?: string | undefined
  readonly html?: string | undefined
}

const KINDS = ['json', 'csv', 'html'] as const

/** Ends the command as bad usage, before anything is measured, when one of the files could not be written after it. */
export const requireWritable = (files: OutputFiles): void => {
  for (const kind of KINDS) {
    const name = files[kind]
    if (name === undefined) continue
    try {
      if (statSync(name, { throwIfNoEntry: false })?.isDirectory()) throw new Error('it is a folder.')
      accessSync(dirname(name), constants.W_OK)
    } catch (cause) {
      throw new CliError('USAGE', `The file ${name} cannot be written: ${(cause as Error).message}`, {
        cause,
      })
    }
  }
}

/** Writes the files that were asked for. */
export const writeFiles = (
  files: OutputFiles,
  render: Readonly<Record<keyof OutputFiles, () => string>>,
): void => {
  for (const kind of KINDS) {
    const name = files[kind]
    if (name === undefined) continue
    try {
      writeFileSync(name, render[kind]())
    } catch (cause) {
      throw new CliError('FAILED', `The file ${name} cannot be written: ${(cause as Error).message}`, {
        cause,
      })
    }
  }
}
