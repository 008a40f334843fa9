import { cpSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { BUILD_FOLDER } from '../wire/programs.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What is replaced where: pools that keep nothing. The engine has no option for it, and nobody should want one. */
const PATCHES = [
  {
    file: /src\/pool\/free-list\.ts$/,
    from: 'this.#capacity = capacity',
    to: 'this.#capacity = 0 * capacity',
  },
  {
    file: /src\/pool\/byte-pool\.ts$/,
    from: 'DEFAULT_MAX_IDLE_BYTES = 4_194_304',
    to: 'DEFAULT_MAX_IDLE_BYTES = 0',
  },
]

/**
 * The engine without pools: the same sources, bundled as for publishing, with pools of capacity 0, so that every exchange,
 * cut message and buffer is made anew and left to the garbage collector. It is what remains of an engine that was
 * built to be pooled: one built without would make lighter objects.
 *
 * @returns {Promise<string>} the built file
 */
export const buildUnpooled = async () => {
  const folder = `${BUILD_FOLDER}unpooled`
  rmSync(folder, { recursive: true, force: true })
  let patched = 0
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/index.ts'],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    minifyWhitespace: true,
    minifySyntax: true,
    outfile: `${folder}/index.js`,
    plugins: [
      {
        name: 'pools that keep nothing',
        setup: ({ onLoad }) => {
          for (const { file, from, to } of PATCHES)
            onLoad({ filter: file }, ({ path }) => {
              const source = readFileSync(path, 'utf8')
              if (!source.includes(from)) throw new Error(`${path} no longer has "${from}" to patch`)
              patched++
              return { contents: source.replace(from, to), loader: 'ts' }
            })
        },
      },
    ],
  })
  if (patched !== PATCHES.length) throw new Error('A pool is no longer part of the engine')
  cpSync(`${ROOT}dist/wasm`, `${folder}/wasm`, { recursive: true })
  return `${folder}/index.js`
}
