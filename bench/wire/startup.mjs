import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { pinned, SERVER_CORE } from './processes.mjs'
import { spread } from './statistics.mjs'

/** @param {string} script */
const here = (script) => fileURLToPath(new URL(`startup/${script}`, import.meta.url))

/** @type {Record<string, string[]>} */
const PROGRAMS = {
  'node:http': [here('node-http.mjs')],
  nova: [here('nova.mjs')],
}

/** @param {string[]} args */
const lifetimeMs = (args) => {
  const [file = '', ...rest] = pinned([process.execPath, ...args], SERVER_CORE)
  const began = process.hrtime.bigint()
  const { status } = spawnSync(file, rest, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`node ${args.join(' ')} failed`)
  return Number(process.hrtime.bigint() - began) / 1e6
}

/**
 * What it costs, beyond an empty `node -e 0`, to load a server, listen, answer one request over a real socket and
 * exit. Milliseconds; differences within interleaved rounds.
 *
 * @param {readonly string[]} servers
 * @param {number} rounds
 */
export const measureStartup = (servers, rounds) => {
  const known = servers.filter((name) => name in PROGRAMS)
  /** @type {Record<string, number[]>} */
  const differences = Object.fromEntries(known.map((name) => [name, []]))
  // The first run of each reads the files from disk.
  for (const name of known) lifetimeMs(PROGRAMS[name] ?? [])
  for (let round = 0; round < rounds; round++) {
    const emptyMs = lifetimeMs(['-e', '0'])
    for (const name of known) differences[name]?.push(lifetimeMs(PROGRAMS[name] ?? []) - emptyMs)
  }
  return Object.fromEntries(Object.entries(differences).map(([name, values]) => [name, spread(values)]))
}
