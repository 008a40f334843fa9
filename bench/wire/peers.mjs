import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { BUILD_FOLDER, here, nodeServer, serverCommands } from './programs.mjs'

/**
 * A server to measure.
 *
 * @typedef {object} Peer
 * @property {readonly string[]} command How it is started.
 * @property {readonly string[]} [startup] The least program that answers, for the start-up time; by default the same.
 * @property {string} version
 * @property {Readonly<Record<string, string>>} [lacks] Scenarios it cannot show, and why.
 */

/** Why a peer cannot be had here. */
class Missing extends Error {}

/** Installed on demand and nowhere else: no dependency of the project. Raise them by hand. */
const PACKAGES = { bun: '1.4.5', deno: '2.9.6', '@btc-vision/uwebsockets.js': '20.57.0' }

const INSTALLED_WITHIN_MS = 300_000

/** First words of what went wrong. @param {unknown} error */
const reasonOf = (error) =>
  (error instanceof Error ? error.message : String(error)).split('\n').slice(0, 2).join(' ').slice(0, 200)

/**
 * The folder of an npm package; installed without its scripts the first time.
 *
 * @param {keyof typeof PACKAGES} name
 */
const installed = (name) => {
  const folder = `${BUILD_FOLDER}packages/${name.replace('/', '-')}-${PACKAGES[name]}`
  const modules = `${folder}/node_modules`
  if (!existsSync(`${modules}/${name}/package.json`)) {
    mkdirSync(folder, { recursive: true })
    const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock', '--silent']
    try {
      execFileSync('npm', ['install', '--prefix', folder, ...options, `${name}@${PACKAGES[name]}`], {
        stdio: ['ignore', 'ignore', 'inherit'],
        timeout: INSTALLED_WITHIN_MS,
      })
    } catch (error) {
      throw new Missing(`npm cannot install ${name}: ${reasonOf(error)}`)
    }
  }
  return modules
}

/** First line of what a program prints, or a reason why it cannot run. @param {readonly string[]} command */
const firstLineOf = ([file = '', ...args]) => {
  const { error, status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' })
  if (error) throw new Missing(`${file} is not installed`)
  const [line = ''] = `${stdout}${stderr}`
    .trim()
    .replace(/ \(required by .*/, '')
    .split('\n')
  if (status !== 0) throw new Missing(`${file} does not run: ${line}`)
  return line
}

/**
 * The program of this platform, in one of the packages that npm has chosen for it.
 *
 * @param {string} folder of their scope
 * @param {string} program
 */
const platformProgram = (folder, program) => {
  let why = 'no binary for this platform'
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    try {
      const file = `${folder}/${name}/${program}`
      return { file, version: firstLineOf([file, '--version']) }
    } catch (error) {
      why = reasonOf(error)
    }
  }
  throw new Missing(why)
}

/** @param {string} script @param {readonly string[]} args */
const startupOf = (script, ...args) => [process.execPath, here(`startup/${script}`), ...args]

/** @type {ReturnType<typeof serverCommands> | undefined} */
let local

/** @param {string} name */
const localCommand = (name) => {
  local ??= serverCommands()
  const command = local[name]
  if (command === undefined) throw new Missing('it needs Linux and a C compiler as `cc`')
  return command
}

/** @param {string} file relative to the project */
const packageVersion = (file) =>
  /** @type {string} */ (JSON.parse(readFileSync(here(`../../${file}`), 'utf8')).version)

const OWN = () => packageVersion('package.json')
const DROP_IN = here('../../dist/node.js')

const AWAITS_NOTHING = 'its handlers do not await'
const READS_NO_BODY = 'no handler of its own that reads a body'

/** @type {Readonly<Record<string, () => Peer>>} */
const PEERS = {
  'c-loop': () => ({
    command: localCommand('c-loop'),
    version: firstLineOf(['cc', '--version']),
  }),
  'node:http': () => ({
    command: localCommand('node:http'),
    startup: startupOf('node-http.mjs'),
    version: process.version,
  }),
  'nova/node': () => ({
    command: localCommand('nova/node'),
    startup: startupOf('node-http.mjs', DROP_IN),
    version: OWN(),
  }),
  nova: () => ({ command: localCommand('nova'), startup: startupOf('nova.mjs'), version: OWN() }),
  fastify: () => ({
    command: nodeServer('servers/fastify.mjs'),
    startup: startupOf('fastify.mjs'),
    version: packageVersion('node_modules/fastify/package.json'),
  }),
  'fastify on nova': () => ({
    command: nodeServer('servers/fastify.mjs', DROP_IN),
    startup: startupOf('fastify.mjs', DROP_IN),
    version: packageVersion('node_modules/fastify/package.json'),
  }),
  bun: () => {
    const { file, version } = platformProgram(`${installed('bun')}/@oven`, 'bin/bun')
    return {
      command: [file, here('servers/bun.mjs')],
      startup: [file, here('startup/bun.mjs')],
      version: `Bun ${version}`,
    }
  },
  deno: () => {
    const { file, version } = platformProgram(`${installed('deno')}/@deno`, 'deno')
    const run = [file, 'run', '-A', '--no-config']
    return {
      command: [...run, '--v8-flags=--expose-gc', here('servers/deno.mjs')],
      startup: [...run, here('startup/deno.mjs')],
      version,
    }
  },
  uwebsockets: () => {
    const name = '@btc-vision/uwebsockets.js'
    const file = `${installed(name)}/${name}/uws.js`
    // What the loader says comes last in the error.
    const load = `try { require(process.argv[1]) } catch ({ message }) { console.log(message.trim().split('\\n').pop()); process.exit(1) }`
    firstLineOf([process.execPath, '-e', load, file])
    return {
      command: nodeServer('servers/uws.mjs', file),
      startup: startupOf('uws.mjs', file),
      version: PACKAGES[name],
    }
  },
  go: () => {
    const version = firstLineOf(['go', 'version'])
    mkdirSync(BUILD_FOLDER, { recursive: true })
    firstLineOf(['go', 'build', '-o', `${BUILD_FOLDER}go-http`, here('servers/go/main.go')])
    return { command: [`${BUILD_FOLDER}go-http`], version, lacks: { 'pipeline-await': AWAITS_NOTHING } }
  },
  nginx: () => {
    firstLineOf(['setpriv', '--version'])
    return {
      command: [process.execPath, here('servers/nginx.mjs')],
      version: firstLineOf(['nginx', '-v']),
      lacks: {
        'pipeline-await': AWAITS_NOTHING,
        post: READS_NO_BODY,
        upload: READS_NO_BODY,
        startup: 'it is started by a program that waits for it',
      },
    }
  },
}

export const PEER_NAMES = Object.keys(PEERS)

/** Without `--peers`. */
export const USUAL_PEERS = ['c-loop', 'node:http', 'nova/node', 'nova']

/**
 * The peers that can be had, and why the others cannot.
 *
 * @param {readonly string[]} names
 */
export const findPeers = (names) => {
  /** @type {Map<string, Peer>} */
  const peers = new Map()
  /** @type {{ peer: string, reason: string }[]} */
  const missing = []
  for (const name of names) {
    try {
      const find = /** @type {() => Peer} */ (PEERS[name])
      peers.set(name, find())
    } catch (error) {
      if (!(error instanceof Missing)) throw error
      missing.push({ peer: name, reason: error.message })
    }
  }
  return { peers, missing }
}
