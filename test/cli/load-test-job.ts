import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { parseDocument } from 'yaml'
import { ROOT } from '../package/packed.ts'

export interface Job {
  kind: string
  spec: {
    completionMode: string
    completions: number
    parallelism: number
    backoffLimit: number
    template: { spec: { restartPolicy: string; containers: [{ command: string[]; args: string[] }] } }
  }
}

/** docs/load-test-job.yaml, which has to be YAML without a doubt. */
export const readJob = (): Job => {
  const document = parseDocument(readFileSync(join(ROOT, 'docs/load-test-job.yaml'), 'utf8'), {
    strict: true,
  })
  expect([...document.errors, ...document.warnings]).toEqual([])
  return document.toJS() as Job
}
