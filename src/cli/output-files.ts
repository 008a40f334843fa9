import { writeFileSync } from 'node:fs'
import { CliError } from './cli-error.ts'

/** Where a command writes what, beside its report on stdout. */
export interface OutputFiles {
  readonly json?: string | undefined
  readonly csv?: string | undefined
  readonly html?: string | undefined
}

/** Writes the files that were asked for. */
export const writeFiles = (
  files: OutputFiles,
  render: Readonly<Record<keyof OutputFiles, () => string>>,
): void => {
  for (const kind of ['json', 'csv', 'html'] as const) {
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
