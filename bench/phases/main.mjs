/** `npm run bench:phases`: what each step from a blocking loop to this engine brought, on one machine in one run. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { barChart } from '../wire/bar-chart.mjs'
import { progress } from '../wire/bench.mjs'
import { machineFacts } from '../wire/machine.mjs'
import { markdown, megabytes, ranged, whole } from '../wire/markdown.mjs'
import { measureIdle, measureLoad } from '../wire/measure.mjs'
import { page } from '../wire/page.mjs'
import { findPeers } from '../wire/peers.mjs'
import { generatorCommand } from '../wire/programs.mjs'
import { SCENARIOS } from '../wire/scenarios.mjs'
import { positive } from '../wire/settings.mjs'
import { measureShards } from '../wire/shards.mjs'
import { measureStartup } from '../wire/startup.mjs'
import { ratios, spread } from '../wire/statistics.mjs'
import { DISTANCE_US, findSteps } from './steps.mjs'

/** @typedef {import('../wire/statistics.mjs').Spread} Spread */

const COMMAND = 'npm run bench:phases -- --save docs/benchmarks'
const TITLE = 'From a blocking loop to this engine'
const IDLE_CONNECTIONS = 10_000
const RUNTIMES = ['nova', 'nova/node', 'node:http', 'bun']

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    save: { type: 'string' },
  },
})
const rounds = Math.ceil(positive(values.rounds, 'rounds'))
const measureMs = positive(values.seconds, 'seconds') * 1_000
const machine = machineFacts()

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} how
 * @property {string} guess
 * @property {Spread} nearRps
 * @property {Spread} cpuUs
 * @property {Spread | undefined} farRps
 * @property {Spread | undefined} nearFactor Requests per second over the step before, of clients that send at once.
 * @property {Spread | undefined} cpuFactor CPU per request of the step before over this one's.
 * @property {Spread | undefined} farFactor As nearFactor, of distant clients.
 */

/** @returns {Promise<Row[]>} */
const measureSteps = async () => {
  const steps = await findSteps()
  const generator = generatorCommand()
  const times = { warmUpMs: measureMs, measureMs }
  const figures = steps.map(() => ({
    near: /** @type {number[]} */ ([]),
    cpu: /** @type {number[]} */ ([]),
    far: /** @type {number[]} */ ([]),
  }))
  for (let round = 0; round < rounds; round++) {
    for (const [i, { name, command, near, far }] of steps.entries()) {
      const run = await measureLoad(command, generator, near, times)
      figures[i]?.near.push(run.rps)
      figures[i]?.cpu.push(run.cpuUs)
      // Distant clients leave the machine idle: nothing to warm up for long.
      if (far)
        figures[i]?.far.push((await measureLoad(command, generator, far, { ...times, warmUpMs: 500 })).rps)
      progress(
        `round ${round + 1} of ${rounds}: ${name}: ${run.cpuUs.toFixed(2)} us/request, ${whole(run.rps)}/s`,
      )
    }
  }
  return steps.map(({ name, how, guess }, i) => {
    const [own, before] = [/** @type {(typeof figures)[number]} */ (figures[i]), figures[i - 1]]
    return {
      name,
      how,
      guess,
      nearRps: spread(own.near),
      cpuUs: spread(own.cpu),
      farRps: own.far.length > 0 ? spread(own.far) : undefined,
      nearFactor: before && ratios(own.near, before.near),
      cpuFactor: before && ratios(before.cpu, own.cpu),
      farFactor: before && own.far.length > 0 ? ratios(own.far, before.far) : undefined,
    }
  })
}

/** Memory and start-up of the engine, of Node and of Bun. */
const measureRuntimes = async () => {
  const { peers, missing } = findPeers(RUNTIMES)
  for (const { peer, reason } of missing) progress(`SKIPPED: ${peer}: ${reason}`)
  const programs = new Map([...peers].map(([name, { startup, command }]) => [name, startup ?? command]))
  const startup = await measureStartup(programs, 3 * rounds)
  const load = /** @type {import('../wire/scenarios.mjs').Scenario} */ (SCENARIOS['get-64'])
  /** @type {Record<string, number>} */
  const idleBytes = {}
  for (const [name, { command }] of peers) {
    idleBytes[name] = await measureIdle(command, generatorCommand(), load, IDLE_CONNECTIONS)
    progress(`idle ${name}: ${Math.round(idleBytes[name] ?? 0)} B/connection`)
  }
  return { startup, idleBytes, missing }
}

const steps = await measureSteps()
const shards = availableParallelism() > 1 ? await measureShards(rounds) : undefined
const { startup, idleBytes, missing } = await measureRuntimes()

const factor = (/** @type {Spread | undefined} */ value) => (value ? `${ranged(value, 2)} x` : '')
const stepTable = markdown(
  [
    'step',
    'served by',
    'requests/s',
    'factor',
    'CPU us/request',
    'factor',
    'distant clients: requests/s',
    'factor',
    'earlier guess',
  ],
  [
    ...steps.map((row) => [
      row.name,
      row.how,
      whole(row.nearRps.median),
      factor(row.nearFactor),
      ranged(row.cpuUs, 2),
      factor(row.cpuFactor),
      row.farRps ? whole(row.farRps.median) : '',
      factor(row.farFactor),
      row.guess,
    ]),
    ...(shards
      ? [
          [
            '+ shards',
            'two threads for one, a handler that computes',
            whole(shards.two.median),
            factor(shards.ratio),
            '',
            '',
            '',
            '',
            '',
          ],
        ]
      : []),
  ],
)
const runtimeTable = markdown(
  [
    'server',
    'first answer: ms over `node -e 0`',
    'RSS then, MB',
    `idle bytes/connection at ${whole(IDLE_CONNECTIONS)}`,
  ],
  Object.entries(startup).map(([name, each]) => [
    name,
    ranged(each.answerMs, 1),
    megabytes(each.rssBytes),
    whole(idleBytes[name] ?? Number.NaN),
  ]),
)
const notes = [
  ...missing.map(({ peer, reason }) => `SKIPPED: ${peer}: ${reason}.`),
  `64 clients, the head of a desktop browser (800 bytes), up to 1,000 requests per connection unless the step says otherwise; a distant client's request comes ${DISTANCE_US / 1_000} ms after its connection was opened or has had its answer.`,
  'A factor is this step over the one before, within rounds. "a whole server" is no gain but what checking, limits, timeouts and a handler in JavaScript cost over a loop that does nothing of it.',
  'The row of shards has another handler, and its factor is two threads over one; the generator shares their two cores.',
  'Pools are switched off by a build of the same sources whose pools keep nothing (bench/phases/unpooled.mjs); the parser by the option `parser`.',
  `Medians (min..max) of ${rounds} interleaved rounds of ${values.seconds} s. Node ${machine.node}; ${machine.os}; ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; load at start ${machine.load1}.`,
]
console.log([stepTable, runtimeTable, notes.join('\n')].join('\n\n'))

if (values.save) {
  mkdirSync(values.save, { recursive: true })
  /** @param {string} extension @param {string} text */
  const save = (extension, text) =>
    writeFileSync(join(/** @type {string} */ (values.save), `phases.${extension}`), `${text}\n`)
  const list = notes.map((note) => `- ${note}`).join('\n')
  save(
    'md',
    [
      `# ${TITLE}`,
      `Written by \`${COMMAND}\`.`,
      stepTable,
      '## Memory and start',
      runtimeTable,
      '## Circumstances',
      list,
    ].join('\n\n'),
  )
  save('json', JSON.stringify({ machine, rounds, steps, shards, startup, idleBytes, notes }, undefined, 2))
  const bars = (/** @type {(row: Row) => Spread | undefined} */ pick) =>
    steps.flatMap((row) => {
      const value = pick(row)
      return value ? [{ name: row.name, ...value }] : []
    })
  const charts = [
    barChart(
      'Requests per second',
      'clients that send at once',
      bars((row) => row.nearRps),
      0,
    ),
    barChart(
      'Requests per second',
      `clients ${DISTANCE_US / 1_000} ms away`,
      bars((row) => row.farRps),
      0,
    ),
    barChart(
      'CPU us per request',
      'less is better',
      bars((row) => row.cpuUs),
      2,
    ),
  ]
  save('html', page(TITLE, COMMAND, charts, notes))
}
