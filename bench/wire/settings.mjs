import { parseArgs } from 'node:util'
import { SCENARIOS } from './scenarios.mjs'

export const HELP = `npm run bench -- [options]

  --rounds N        interleaved rounds per scenario (5)
  --seconds S       length of one measured window (2)
  --quick           one round of 0.5 s: does it run, not how fast
  --scenarios a,b   of: ${Object.keys(SCENARIOS).join(', ')}, idle, startup
  --servers a,b     of: c-loop, node:http, nova/node, nova
  --json FILE       also write the results there (always: bench/results/latest.json)`

/** @param {string | undefined} list @param {readonly string[]} known @param {string} name */
const chosen = (list, known, name) => {
  const names = list?.split(',') ?? [...known]
  const unknown = names.find((each) => !known.includes(each))
  if (unknown !== undefined) throw new Error(`--${name} knows ${known.join(', ')}; got ${unknown}`)
  return known.filter((each) => names.includes(each))
}

/** @param {string} text @param {string} name */
const positive = (text, name) => {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0; got ${text}`)
  return value
}

/** @param {readonly string[]} knownServers */
export const readSettings = (knownServers) => {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      scenarios: { type: 'string' },
      servers: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const { quick, help, json } = values
  const known = [...Object.keys(SCENARIOS), 'idle', 'startup']
  const scenarios = chosen(values.scenarios, known, 'scenarios')
  return {
    help,
    json,
    rounds: Math.ceil(positive(values.rounds ?? (quick ? '1' : '5'), 'rounds')),
    seconds: positive(values.seconds ?? (quick ? '0.5' : '2'), 'seconds'),
    warmUpSeconds: quick ? 0.5 : 2,
    startupRounds: quick ? 3 : 15,
    idleRounds: quick ? 1 : 3,
    idleConnections: 8_000,
    scenarios: scenarios.filter((name) => name in SCENARIOS),
    withIdle: scenarios.includes('idle'),
    withStartup: scenarios.includes('startup'),
    servers: chosen(values.servers, knownServers, 'servers'),
  }
}
