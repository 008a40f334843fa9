import { readFileSync } from 'node:fs'

export type Build = 'simd' | 'scalar'

const compiled = new Map<Build, WebAssembly.Module>()

/**
 * One of the two llhttp builds, compiled on first use. Synchronous on purpose: a server that is constructed can
 * listen, and compiling takes a few milliseconds once per thread.
 */
const compile = (build: Build): WebAssembly.Module => {
  let module = compiled.get(build)
  if (module === undefined) {
    const file = new URL(`./wasm/${build}.wasm`, import.meta.url)
    let bytes: Buffer
    try {
      bytes = readFileSync(file)
    } catch (cause) {
      throw new Error(`The parser binary ${file.href} is missing; npm run build writes it.`, { cause })
    }
    module = new WebAssembly.Module(bytes)
    compiled.set(build, module)
  }
  return module
}

/** Without a wish: SIMD, or scalar where this machine or runtime cannot run SIMD (compiling it fails there). */
export const loadBuild = (wish: Build | undefined): { build: Build; module: WebAssembly.Module } => {
  if (wish !== undefined) return { build: wish, module: compile(wish) }
  try {
    return { build: 'simd', module: compile('simd') }
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error
    return { build: 'scalar', module: compile('scalar') }
  }
}
