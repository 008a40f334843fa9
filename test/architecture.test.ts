import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../src')

/** Lowest first; a file belongs to the longest prefix that fits it. */
const LAYERS: readonly (readonly string[])[] = [
  ['errors.ts', 'options.ts', 'http/', 'metrics/'],
  ['pool/', 'engine/time/', 'engine/stats/'],
  ['parser/'],
  ['engine/transport/'],
  ['engine/message/'],
  ['engine/connection/'],
  ['engine/server/'],
  ['node/', 'fetch/', 'fetch.ts', 'index.ts'],
  ['shard/', 'shard.ts'],
  ['load/', 'load.ts'],
  ['report/'],
  ['cli/', 'cli.ts'],
]

/** The only files that may import from Node, and what. */
const NODE_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  'http/ip-address.ts': ['node:net'],
  'http/trusted-peers.ts': ['node:net'],
  'parser/': ['node:fs', 'node:url'],
  'engine/stats/channels.ts': ['node:async_hooks', 'node:diagnostics_channel'],
  'engine/transport/': ['node:fs', 'node:net', 'node:stream', 'node:tls'],
  'engine/message/': ['node:buffer'],
  'engine/connection/environment.ts': ['node:stream'],
  'engine/server/': ['node:stream'],
  'node/': [
    'node:async_hooks',
    'node:buffer',
    'node:diagnostics_channel',
    'node:events',
    'node:http',
    'node:module',
    'node:net',
    'node:stream',
  ],
  'shard/': [
    'node:child_process',
    'node:dns/promises',
    'node:events',
    'node:http',
    'node:net',
    'node:os',
    'node:path',
    'node:process',
    'node:url',
    'node:util',
    'node:worker_threads',
  ],
  'load/': [
    'node:crypto',
    'node:fs',
    'node:net',
    'node:os',
    'node:process',
    'node:timers/promises',
    'node:tls',
    'node:worker_threads',
  ],
  'report/html/assets.ts': ['node:crypto', 'node:fs'],
  'cli/': [
    'node:child_process',
    'node:events',
    'node:fs',
    'node:module',
    'node:net',
    'node:path',
    'node:timers/promises',
  ],
}

/** The only folders that may import packages, and which: nothing that serves a request depends on one. */
const PACKAGE_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  'shard/': ['tinypool'],
  'load/': ['hdr-histogram-js'],
  // What runs in the browser.
  'report/page/': ['uplot'],
  'cli/': ['commander', 'csv-parse/sync', 'log-update'],
}

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

const layerOf = (file: string): number =>
  LAYERS.findIndex((prefixes) => prefixes.some((prefix) => file.startsWith(prefix)))

const IMPORT = /^(?:import|export)\b[^'"]*?from '([^']+)'|\bimport\('([^']+)'\)/gms

const importsOf = (file: string): string[] =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)].map(
    (match) => (match[1] ?? match[2]) as string,
  )

const localImportsOf = (file: string): string[] =>
  importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => relative(ROOT, resolve(ROOT, dirname(file), name)))

describe('architecture', () => {
  test('every source file belongs to a layer', () => {
    expect(files.filter((file) => layerOf(file) < 0)).toEqual([])
  })

  test('a file imports only from its own layer or from layers below', () => {
    const climbs = files.flatMap((file) =>
      localImportsOf(file)
        .filter((target) => layerOf(target) > layerOf(file))
        .map((target) => `${file} -> ${target}`),
    )
    expect(climbs).toEqual([])
  })

  test('folders do not import each other in a circle', () => {
    const edges = new Map<string, Set<string>>()
    for (const file of files) {
      for (const target of localImportsOf(file)) {
        const [from, to] = [dirname(file), dirname(target)]
        if (from !== to && from !== '.' && to !== '.') edges.set(from, (edges.get(from) ?? new Set()).add(to))
      }
    }
    const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
      [...(edges.get(from) ?? [])].some(
        (next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))),
      )
    expect([...edges.keys()].filter((folder) => reaches(folder, folder))).toEqual([])
  })

  test('only the files meant for it import from Node or from a package', () => {
    const strays = files.flatMap((file) => {
      const allowed = [NODE_IMPORTS, PACKAGE_IMPORTS].flatMap((table) => {
        const prefix = Object.keys(table).find((candidate) => file.startsWith(candidate))
        return prefix === undefined ? [] : (table[prefix] ?? [])
      })
      return importsOf(file)
        .filter((name) => !name.startsWith('.') && !allowed.includes(name))
        .map((name) => `${file} -> ${name}`)
    })
    expect(strays).toEqual([])
  })

  test('no source file is longer than 400 lines', () => {
    const long = files.filter((file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > 401)
    expect(long).toEqual([])
  })
})
