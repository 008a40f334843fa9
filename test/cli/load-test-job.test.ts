import { expect, test } from 'vitest'
import { readJob } from './load-test-job.ts'

test('the Kubernetes job runs all parts at once, each once', () => {
  const { kind, spec } = readJob()
  expect(kind).toBe('Job')
  expect(spec).toMatchObject({ completionMode: 'Indexed', backoffLimit: 0 })
  expect(spec.parallelism).toBe(spec.completions)
  expect(spec.template.spec.restartPolicy).toBe('Never')
  expect(spec.template.spec.containers[0].args.join()).toContain(
    `--part $((JOB_COMPLETION_INDEX + 1))/${spec.completions} `,
  )
})
