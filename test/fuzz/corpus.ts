import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Trial } from './property.ts'

/** A stream worth keeping: `bytes` is latin1. Failures also say how they were found. */
export interface CorpusEntry {
  readonly name: string
  readonly bytes: string
  /** Requests that must be answered, where no limit is in the way; unknown for a fresh failure. */
  readonly echoes?: number
  readonly trial?: Trial
}

const FOLDER = join(import.meta.dirname, 'corpus')

export const loadCorpus = (): CorpusEntry[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as CorpusEntry)

/** Saves what made the engine fail, so that every later run tries it first. Returns the file's path. */
export const saveFailure = (trial: Trial, error: string): string => {
  mkdirSync(FOLDER, { recursive: true })
  const id = createHash('sha256').update(trial.bytes, 'latin1').digest('hex').slice(0, 12)
  const path = join(FOLDER, `failure-${id}.json`)
  writeFileSync(
    path,
    `${JSON.stringify({ name: error.slice(0, 300), bytes: trial.bytes, trial }, null, 2)}\n`,
  )
  return path
}
