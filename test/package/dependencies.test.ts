import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../clients/commands.ts'
import { serve } from '../clients/serve.ts'
import { Consumer, ROOT } from './packed.ts'

const { dependencies, ...manifest } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
} & Record<string, unknown>

/** Where packages may be imported; what serves requests is not among it. */
const WITH_PACKAGES: readonly string[] = ['shard.js', 'cli.js', 'load.js', 'load-thread.js']

const IMPORT = /\bfrom\s*"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g

/** Everything a built file imports, at once or when it is needed, directly or through other built files. */
const importsOf = (file: string, seen = new Set<string>()): Set<string> => {
  for (const [, from, bare] of readFileSync(join(ROOT, 'dist', file), 'utf8').matchAll(IMPORT)) {
    const name = (from ?? bare) as string
    if (seen.has(name)) continue
    seen.add(name)
    if (name.startsWith('./')) importsOf(name.slice(2), seen)
  }
  return seen
}

const packagesOf = (file: string): string[] =>
  [...importsOf(file)]
    .filter((name) => !name.startsWith('./') && !isBuiltin(name))
    .map((name) => name.replace(/^(@[^/]+\/)?([^/]+).*/, '$1$2'))

const entries = readdirSync(join(ROOT, 'dist')).filter(
  (file) => file.endsWith('.js') && !file.startsWith('chunk-') && !/^(errors|options)\.js$/.test(file),
)

describe('dependencies', () => {
  test('bundles are among what is looked at', () => {
    expect(entries).toEqual(expect.arrayContaining(['index.js', 'node.js', 'register.js']))
    expect(packagesOf('cli.js')).toContain('commander')
  })

  test.each(entries.filter((file) => !WITH_PACKAGES.includes(file)))('%s imports no package', (file) => {
    expect(packagesOf(file)).toEqual([])
  })

  test('every imported package is a dependency, and every dependency is imported', () => {
    const imported = new Set(WITH_PACKAGES.flatMap(packagesOf))
    expect(Object.keys(dependencies).sort()).toEqual([...imported].sort())
    expect(manifest).not.toHaveProperty('peerDependencies')
    expect(manifest).not.toHaveProperty('optionalDependencies')
  })
})

describe('the installed command', () => {
  const consumer = new Consumer()
  beforeAll(async () => {
    await consumer.install()
    for (const name of Object.keys(dependencies)) consumer.addDependency(name)
  })
  afterAll(() => consumer.remove())

  const { nova } = manifest['bin'] as { nova: string }
  const file = join(consumer.folder, 'node_modules/nova-http', nova)

  test('says how it is used', async () => {
    expect(readFileSync(file, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
    const { code, stdout } = await runCommand(process.execPath, [file, '--help'], { cwd: consumer.folder })
    expect(stdout.toString()).toMatch(/^Usage: nova /)
    expect(code).toBe(0)
  })
  test('measures a server and writes a report that holds all it needs', async () => {
    const { origin } = await serve((_, response) => response.end('ok'))
    const report = join(consumer.folder, 'report.html')
    const args = ['load', origin, '-r', '50', '-c', '2', '-d', '300ms', '--warm-up', '0s', '--html', report]
    const { stdout } = await runCommand(process.execPath, [file, ...args], { cwd: consumer.folder })
    expect(stdout.toString()).toContain('15 good of 15')
    const page = readFileSync(report, 'utf8')
    for (const asset of ['report.js', 'report.css'])
      expect(page).toContain(readFileSync(join(ROOT, 'dist/assets', asset), 'utf8'))
    expect(page).toContain('uPlot, Copyright (c) 2022 Leon Sorokin, MIT License')
  })
})
