import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from '../clients/commands.ts'
import { ROOT } from './packed.ts'

test('the examples agree with the types of the package', async () => {
  const { code, stdout } = await runCommand(process.execPath, [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    ...['-p', join(ROOT, 'examples/tsconfig.json')],
  ])
  expect(stdout.toString()).toBe('')
  expect(code).toBe(0)
})
