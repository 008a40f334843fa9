import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { LineProcess, LOAD_CORE, SERVER_CORE } from './processes.mjs'

/** @param {string} name */
const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/**
 * The compiled program, or undefined where there is no C compiler or no epoll.
 *
 * @param {string} source
 * @param {string} name
 */
const compile = (source, name) => {
  if (process.platform !== 'linux') return undefined
  const binary = here(`../.build/${name}`)
  try {
    mkdirSync(here('../.build'), { recursive: true })
    execFileSync('cc', ['-O2', '-Wall', '-o', binary, here(source)], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    return binary
  } catch {
    return undefined
  }
}

/** @param {string} script */
const nodeServer = (script) => [process.execPath, '--expose-gc', here(script)]

/**
 * How each server is started; undefined where it cannot be.
 *
 * @returns {Record<string, readonly string[] | undefined>}
 */
export const serverCommands = () => {
  const cLoop = compile('c-loop/c-loop.c', 'c-loop')
  return {
    'c-loop': cLoop ? [cLoop] : undefined,
    'node:http': nodeServer('servers/node-http.mjs'),
    'nova/node': nodeServer('servers/nova-node.mjs'),
    nova: nodeServer('servers/nova.mjs'),
  }
}

/** The generator in C when it compiles: it must cost less than what it measures. The one in JavaScript otherwise. */
export const generatorCommand = () => {
  const binary = compile('generator.c', 'generator')
  return binary ? [binary] : [process.execPath, here('generator.mjs')]
}

/**
 * Starts a server on its core.
 *
 * @param {readonly string[]} command
 * @returns {Promise<{ server: LineProcess, port: number }>}
 */
export const startServer = async (command) => {
  const server = new LineProcess(command, SERVER_CORE)
  const { port } = await server.answer()
  return { server, port }
}

/**
 * Starts a generator on its core and waits until its connections are open and warm.
 *
 * @param {readonly string[]} command
 * @param {number} port
 * @param {import('./scenarios.mjs').Scenario} scenario
 * @param {{ warmUpMs: number, measureMs: number }} times
 */
export const startGenerator = async (
  command,
  port,
  { connections, depth, request, body },
  { warmUpMs, measureMs },
) => {
  const numbers = [port, connections, depth, warmUpMs, measureMs].map(String)
  const generator = new LineProcess([...command, ...numbers, request, body], LOAD_CORE)
  await generator.answer()
  return generator
}
