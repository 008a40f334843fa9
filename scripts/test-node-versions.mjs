// Runs what touches Node's own classes, and the package as it is published, on other Node binaries:
//   npm run test:nodes -- /path/to/node22/bin/node /path/to/node24/bin/node
import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FOLDERS = ['test/node', 'test/fetch', 'test/clients', 'test/observability', 'test/package']

const binaries = process.argv.slice(2)
if (binaries.length === 0) {
  console.error('Name one Node binary or more: npm run test:nodes -- /path/to/node ...')
  process.exit(2)
}

/** @param {string} binary */
const versionOf = (binary) => {
  const { stdout, error } = spawnSync(binary, ['--version'], { encoding: 'utf8' })
  if (error === undefined) return stdout.trim()
  console.error(`${binary} does not start: ${error.message}`)
  return process.exit(2)
}

const failed = binaries
  .map((binary) => ({ binary, version: versionOf(binary) }))
  .filter(({ binary, version }) => {
    console.log(`\n== Node ${version}`)
    const args = ['node_modules/vitest/vitest.mjs', 'run', ...FOLDERS]
    return spawnSync(binary, args, { cwd: ROOT, stdio: 'inherit' }).status !== 0
  })
for (const { binary, version } of failed) console.error(`Failed on ${version} (${binary})`)
process.exit(failed.length === 0 ? 0 : 1)
