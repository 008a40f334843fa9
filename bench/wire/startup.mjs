import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { pinned, SERVER_CORE } from './processes.mjs'
import { spread } from './statistics.mjs'

/** @param {string} script */
const here = (script) => fileURLToPath(new URL(`startup/${script}`, import.meta.url))

/** @type {Record<string, string>} */
const PROGRAMS = { 'node:http': here('node-http.mjs'), nova: here('nova.mjs') }

/**
 * @typedef {object} Lifetime
 * @property {number} answerMs From the start to the first byte on stdout, which a server writes with its first answer.
 * @property {number} exitMs From the start to the end.
 */

/**
 * @param {readonly string[]} args
 * @returns {Promise<Lifetime>}
 */
const live = (args) =>
  new Promise((resolve, reject) => {
    const [file = '', ...rest] = pinned([process.execPath, ...args], SERVER_CORE)
    const began = performance.now()
    let answerMs = Number.NaN
    const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout.once('data', () => {
      answerMs = performance.now() - began
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve({ answerMs, exitMs: performance.now() - began })
      else reject(new Error(`node ${args.join(' ')} failed`))
    })
  })

/**
 * What it costs, beyond `node -e 0`, to load a server, listen and answer one request over a real socket; and until
 * that process has exited, too. Both differ: exiting waits for the compiler in the background. Milliseconds;
 * differences within interleaved rounds.
 *
 * @param {readonly string[]} servers
 * @param {number} rounds
 * @returns {Promise<Record<string, { answer: import('./statistics.mjs').Spread, exit: import('./statistics.mjs').Spread }>>}
 */
export const measureStartup = async (servers, rounds) => {
  const known = servers.filter((name) => name in PROGRAMS)
  /** @type {Record<string, Lifetime[]>} */
  const differences = Object.fromEntries(known.map((name) => [name, []]))
  // The first run of each reads the files from disk.
  for (const name of known) await live([PROGRAMS[name] ?? ''])
  for (let round = 0; round < rounds; round++) {
    const empty = await live(['-e', '0'])
    for (const name of known) {
      const { answerMs, exitMs } = await live([PROGRAMS[name] ?? ''])
      differences[name]?.push({ answerMs: answerMs - empty.exitMs, exitMs: exitMs - empty.exitMs })
    }
  }
  return Object.fromEntries(
    Object.entries(differences).map(([name, values]) => [
      name,
      {
        answer: spread(values.map((each) => each.answerMs)),
        exit: spread(values.map((each) => each.exitMs)),
      },
    ]),
  )
}
