import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LineProcess, LOAD_CORE, SERVER_CORE } from './processes.mjs'
import { closing } from './scenarios.mjs'

/** @param {string} name relative to this folder */
export const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/** What is built and installed for the bench; not under version control. */
export const BUILD_FOLDER = here('../.build/')

/**
 * The compiled program, or undefined where there is no C compiler or no epoll.
 *
 * @param {string} source
 * @param {string} name
 */
export const compile = (source, name) => {
  if (process.platform !== 'linux') return undefined
  const binary = `${BUILD_FOLDER}${name}`
  try {
    mkdirSync(BUILD_FOLDER, { recursive: true })
    execFileSync('cc', ['-O2', '-Wall', '-pthread', '-o', binary, here(source), '-lm'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    return binary
  } catch {
    return undefined
  }
}

/** @param {string} script @param {readonly string[]} args */
export const nodeServer = (script, ...args) => [process.execPath, '--expose-gc', here(script), ...args]

/**
 * How the servers that are always there are started; undefined where one cannot be.
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
 * @param {number | null} [core]
 * @returns {Promise<{ server: LineProcess, port: number }>}
 */
export const startServer = async (command, core = SERVER_CORE) => {
  const server = new LineProcess(command, core)
  const { port } = await server.answer()
  return { server, port }
}

/** @type {string | undefined} */
let messageFolder

/** The bytes of a message as a file: an argument of a command is too short for a mebibyte. @param {string} name @param {string} bytes */
const messageFile = (name, bytes) => {
  if (messageFolder === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'nova-bench-'))
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
    messageFolder = folder
  }
  const file = join(messageFolder, name)
  writeFileSync(file, bytes, 'latin1')
  return file
}

/**
 * Starts a generator on its core and waits until its connections are open and warm.
 *
 * @param {readonly string[]} command
 * @param {number} port
 * @param {import('./scenarios.mjs').Scenario} scenario
 * @param {{ warmUpMs: number, measureMs: number }} times
 * @param {number | null} [core]
 */
export const startGenerator = async (command, port, scenario, times, core = LOAD_CORE) => {
  const { connections, depth, perConnection = 0, rate = 0, pauseUs = 0 } = scenario
  const settings = {
    port,
    connections,
    depth,
    perConnection,
    rate,
    pauseUs,
    ...times,
    request: messageFile('request', scenario.request),
    last: messageFile('last', perConnection > 0 ? closing(scenario.request) : ''),
    body: messageFile('body', scenario.body),
  }
  const args = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  const generator = new LineProcess([...command, ...args], core)
  await generator.answer()
  return generator
}
