import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../clients/commands.ts'
import { Consumer, listPacked, type PackedFile, ROOT } from './packed.ts'
import { Program } from './program.ts'

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')

/** Far above today's size; what pushes the package over it should be looked at. */
const PACKAGE_BYTES = 1_000_000

describe('what is published', () => {
  let files: PackedFile[]
  let paths: string[]
  beforeAll(async () => {
    files = await listPacked()
    paths = files.map(({ path }) => path)
  })

  test('has the documents, both parser builds and the page of reports', () => {
    expect(paths).toEqual(
      expect.arrayContaining([
        ...['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md', 'THIRD-PARTY-NOTICES.md'],
        ...['dist/index.js', 'dist/index.d.ts', 'dist/node.js', 'dist/register.js'],
        ...['dist/wasm/simd.wasm', 'dist/wasm/scalar.wasm'],
        ...['dist/assets/report.js', 'dist/assets/report.css'],
      ]),
    )
  })

  test('has declarations for every source file', () => {
    const tree = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    // What runs in a report's page is bundled, and nobody's import.
    const sources = tree.filter((file) => /(?<!\.d)\.ts$/.test(file) && !file.startsWith('report/page/'))
    const expected = sources.map((file) => `dist/${file.slice(0, -3)}.d.ts`)
    expect(expected.filter((file) => !paths.includes(file))).toEqual([])
  })

  test('has nothing beside documents, bundles, declarations, parsers and the page of reports', () => {
    const documents = /^(package\.json|LICENSE|[A-Z-]+\.md)$/
    const built =
      /^dist\/(([a-z0-9/-]+\.d\.ts)|(index|node|fetch|load|load-thread|shard|shard-thread|register|cli|chunk-[A-Z0-9]+)\.js|wasm\/[a-z]+\.wasm|assets\/report\.(css|js))$/
    expect(paths.filter((path) => !documents.test(path) && !built.test(path))).toEqual([])
  })

  test('is small', () => {
    expect(files.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(PACKAGE_BYTES)
  })
})

describe('the installed package', () => {
  const consumer = new Consumer()
  beforeAll(() => consumer.install())
  afterAll(() => consumer.remove())

  const runNode = async (file: string): Promise<string> => {
    const { code, stdout, stderr } = await runCommand(process.execPath, [file], { cwd: consumer.folder })
    expect(stderr).toBe('')
    expect(code).toBe(0)
    return stdout.toString()
  }

  const ROUND_TRIP = `
const main = async () => {
  const engine = createEngine({}, (req, res) => res.end(req.path))
  const { port } = await engine.listen({ host: '127.0.0.1' })
  console.log(await (await fetch('http://127.0.0.1:' + port + '/there-and-back')).text())
  await engine.drain({ graceMs: 0 })
}
main()
`

  test.each([
    ['import', 'imported.mjs', `import { createEngine } from 'nova-http'`],
    ['require()', 'required.cjs', `const { createEngine } = require('nova-http')`],
  ])('can be loaded with %s and serves', async (_name, file, load) => {
    expect(await runNode(consumer.write(file, load + ROUND_TRIP))).toBe('/there-and-back\n')
  })

  test('exports nothing by accident', async () => {
    const listing = `import * as nova from 'nova-http'\nconsole.log(Object.keys(nova).sort().join())`
    expect(await runNode(consumer.write('exports.mjs', listing))).toBe(
      'METRICS_CONTENT_TYPE,NovaError,clientAddressOf,createEngine,engineChannel,forwardedClientOf,renderMetrics,startAccessLog,systemdSockets\n',
    )
    const deep = `import('nova-http/dist/index.js').catch((error) => console.log(error.code))`
    expect(await runNode(consumer.write('deep.mjs', deep))).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED\n')
  })

  test('has types that a strict NodeNext program can use', async () => {
    consumer.write(
      'typed/consumer.mts',
      `import { createEngine, NovaError, type EngineStats, type Handler } from 'nova-http'
const handler: Handler = async (req, res) => {
  const name: string | undefined = req.headers.get('x-name')
  for await (const chunk of req.body) if (!res.write(chunk)) await res.drained()
  res.end(name)
}
const engine = createEngine({ idleTimeoutMs: 1_000, onError: (error) => console.error(error) }, handler)
const { port }: { port: number } = await engine.listen({ port: 0 })
const stats: EngineStats = engine.stats()
try { await engine.run(port + stats.requests) } catch (error) { if (error instanceof NovaError) console.log(error.code) }
// None of these would be an error if a declaration had decayed to any.
// @ts-expect-error an option that does not exist
createEngine({ idleTimeoutSeconds: 5 }, handler)
// @ts-expect-error a field that does not exist
engine.stats().exchanges.lives
// @ts-expect-error a body that is neither text nor bytes
createEngine({}, (req, res) => res.end(5))
// @ts-expect-error a method is text
createEngine({}, (req, res) => req.method === 5)
`,
    )
    const project = consumer.write(
      'typed/tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          ...{ target: 'ES2022', module: 'NodeNext', strict: true, exactOptionalPropertyTypes: true },
          ...{ noEmit: true, skipLibCheck: true },
          ...{ types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')] },
        },
        include: ['*.mts'],
      }),
    )
    const { code, stdout } = await runCommand(process.execPath, [TSC, '-p', project])
    expect(stdout.toString()).toBe('')
    expect(code).toBe(0)
  })

  test("runs the README's example", async () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
    const example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? ''
    expect(example).toMatch(/port: 3000/)
    const file = consumer.write(
      'readme.mjs',
      `${example.replace('port: 3000', 'port: 0')}\nconsole.log(port)\n`,
    )
    const program = new Program(file)
    const port = Number(await program.line())
    const origin = `http://127.0.0.1:${port}`
    const got = await fetch(origin)
    expect(got.headers.get('content-type')).toBe('text/plain')
    expect(await got.text()).toBe('Hello, World!')
    expect(await (await fetch(origin, { method: 'POST', body: 'echo' })).text()).toBe('echo')
    program.signal('SIGTERM')
    expect(await program.exitCode).toBe(0)
    expect(program.errors).toBe('')
  })
})
