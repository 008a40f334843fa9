import { parseArgs } from 'node:util'
import { PEER_NAMES, USUAL_PEERS } from './peers.mjs'
import { SCENARIOS } from './scenarios.mjs'

const KNOWN_SCENARIOS = [...Object.keys(SCENARIOS), 'idle', 'startup']
const USUAL_SCENARIOS = KNOWN_SCENARIOS.filter((name) => !SCENARIOS[name]?.isExtra)

export const HELP = `npm run bench -- [options]

  --rounds N        interleaved rounds per scenario (5)
  --seconds S       length of one measured window (2)
  --quick           one round of 0.5 s: does it run, not how fast
  --scenarios a,b   or all; of: ${KNOWN_SCENARIOS.join(', ')}
                    (${USUAL_SCENARIOS.join(', ')})
  --peers a,b       or all; of: ${PEER_NAMES.join(', ')}
                    (${USUAL_PEERS.join(', ')}); what is not there is installed or skipped
  --save FOLDER     write results.md, results.json and results.html there, judged by the goals
  --json FILE       also write the results there (always: bench/results/latest.json)`

/**
 * @param {string | undefined} list
 * @param {readonly string[]} known
 * @param {readonly string[]} usual
 * @param {string} name
 */
const chosen = (list, known, usual, name) => {
  const names = list === 'all' ? known : (list?.split(',') ?? usual)
  const unknown = names.find((each) => !known.includes(each))
  if (unknown !== undefined) throw new Error(`--${name} knows all, ${known.join(', ')}; got ${unknown}`)
  return known.filter((each) => names.includes(each))
}

/** @param {string} text @param {string} name */
export const positive = (text, name) => {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0; got ${text}`)
  return value
}

export const readSettings = () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      scenarios: { type: 'string' },
      peers: { type: 'string' },
      save: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const { quick, help, json, save } = values
  const scenarios = chosen(values.scenarios, KNOWN_SCENARIOS, USUAL_SCENARIOS, 'scenarios')
  return {
    help,
    json,
    save,
    rounds: Math.ceil(positive(values.rounds ?? (quick ? '1' : '5'), 'rounds')),
    seconds: positive(values.seconds ?? (quick ? '0.5' : '2'), 'seconds'),
    warmUpSeconds: quick ? 0.5 : 2,
    startupRounds: quick ? 3 : 15,
    idleRounds: quick ? 1 : 3,
    idleConnections: 10_000,
    scenarios: scenarios.filter((name) => name in SCENARIOS),
    withIdle: scenarios.includes('idle'),
    withStartup: scenarios.includes('startup'),
    peers: chosen(values.peers, PEER_NAMES, USUAL_PEERS, 'peers'),
  }
}
