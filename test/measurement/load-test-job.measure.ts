import { execFile } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readJob } from '../cli/load-test-job.ts'
import { nova, temporaryFolder } from '../cli/nova.ts'
import { serve } from '../clients/serve.ts'
import { ROOT } from '../package/packed.ts'

test('the logs of the pods of docs/load-test-job.yaml are the parts of one result', async () => {
  const { origin } = await serve((_, response) => response.end('ok'))
  const path = temporaryFolder()
  const { completions, template } = readJob().spec
  const { command, args } = template.spec.containers[0]
  writeFileSync(path('nova'), `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'dist/cli.js')}' "$@"\n`)
  chmodSync(path('nova'), 0o755)
  const put: Record<string, string> = {
    ...{ TARGET: origin, RATE: '60', START: String(Date.now() + 3_000), '60s': '2s', '600': '6' },
  }
  const log = (index: number): Promise<string> => {
    const script = (args[0] ?? '')
      .replace(/TARGET|RATE|START|\b60s\b|\b600\b/g, (word) => put[word] as string)
      .replaceAll('/tmp/', path(`pod-${index}-`))
    const env = {
      ...process.env,
      PATH: `${path('')}:${process.env['PATH']}`,
      JOB_COMPLETION_INDEX: String(index),
    }
    return new Promise((resolve, reject) =>
      execFile(command[0] ?? '', [...command.slice(1), script], { env }, (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(stderr)),
      ),
    )
  }
  const logs = await Promise.all(Array.from({ length: completions }, (_, index) => log(index)))
  const names = logs.map((text, index) => {
    writeFileSync(path(`part-${index}.json`), text)
    return path(`part-${index}.json`)
  })
  const { stdout } = await nova('merge', ...names)
  expect(stdout).toContain('120 good of 120')
  expect(stdout).not.toContain('Not the whole test')
})
