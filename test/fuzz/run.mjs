// npm run test:fuzz -- --seconds N --seed S: fuzzes the engine for N seconds (default 60) from seed S (default random).
// A failure is shrunk, saved to test/fuzz/corpus and makes the exit code 1.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } })
const seconds = Number(values.seconds ?? 60)
const seed = Number(values.seed ?? Math.floor(Math.random() * 0x7fff_ffff))
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error('usage: npm run test:fuzz -- [--seconds N] [--seed S]')
  process.exit(2)
}
console.log(`fuzzing for ${seconds} s with seed ${seed}`)
const root = join(import.meta.dirname, '../..')
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/fuzz/fuzz.test.ts'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, FUZZ_SECONDS: String(seconds), FUZZ_SEED: String(seed) },
})
process.exit(status ?? 1)
