/** `npm run bench:check -- --ref REF`: does the current tree cost more CPU per request than a git ref? */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { progress } from '../wire/bench.mjs'
import { checkServer } from '../wire/check.mjs'
import { markdown, ranged } from '../wire/markdown.mjs'
import { generatorCommand, nodeServer, startServer } from '../wire/programs.mjs'
import { SCENARIOS } from '../wire/scenarios.mjs'
import { positive } from '../wire/settings.mjs'
import { spread } from '../wire/statistics.mjs'
import { buildOf, currentBuild } from './builds.mjs'
import { measurePair } from './pair.mjs'
import { compare, leastRounds } from './verdict.mjs'

const HELP = `npm run bench:check -- --ref REF [options]

  --ref REF           commit, branch or tag to compare with (required)
  --rounds N          pairs of runs per comparison (12)
  --seconds S         measured of each side per round, in slices by turns (1)
  --least-effect P    smaller differences are none, percent (3)
  --only TEXT         only comparisons whose name contains it, such as "get-64" or "nova/node"

Exit codes: 0 no loss, 1 a significant loss, 2 it could not be measured.`

const WARM_UP_MS = 1_000
/** Load average from which the table needs a warning: more than this bench has to itself. */
const CALM_LOAD = 0.5

/** What is compared: server, file of the build, scenario. */
const COMPARISONS = [
  ...['get-64', 'browser', 'pipeline', 'pipeline-await', 'post', 'close'].map((scenario) => [
    'nova',
    'index.js',
    scenario,
  ]),
  ...['get-64', 'pipeline', 'post', 'limited', 'close'].map((scenario) => ['nova/node', 'node.js', scenario]),
].map(([server = '', file = '', scenario = '']) => ({
  name: `${server} ${scenario}`,
  server,
  file,
  scenario,
}))

/** @typedef {(typeof COMPARISONS)[number]} Comparison */

/** Both builds run in the same program, the current one. @param {Comparison} comparison @param {string} dist */
const commandOf = ({ server, file }, dist) =>
  nodeServer(server === 'nova' ? 'servers/nova.mjs' : 'servers/nova-node.mjs', `${dist}/${file}`)

/** @param {Comparison} comparison */
const scenarioOf = ({ scenario }) =>
  /** @type {import('../wire/scenarios.mjs').Scenario} */ (SCENARIOS[scenario])

/** Answers first: a build that is wrong is not measured. @param {Comparison} comparison @param {string} dist */
const check = async (comparison, dist) => {
  const { server, port } = await startServer(commandOf(comparison, dist))
  await checkServer(port, { [comparison.scenario]: scenarioOf(comparison) })
  await server.stop()
}

const main = async () => {
  const { values } = parseArgs({
    options: {
      ref: { type: 'string' },
      rounds: { type: 'string', default: '12' },
      seconds: { type: 'string', default: '1' },
      'least-effect': { type: 'string', default: '3' },
      only: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  if (values.ref === undefined) throw new Error('--ref is missing; --help shows how')
  const rounds = Math.ceil(positive(values.rounds, 'rounds'))
  const times = { warmUpMs: WARM_UP_MS, measureMs: positive(values.seconds, 'seconds') * 1_000 }
  const leastEffect = positive(values['least-effect'], 'least-effect') / 100
  const comparisons = COMPARISONS.filter(({ name }) => name.includes(values.only))
  if (comparisons.length === 0) throw new Error(`--only "${values.only}" leaves nothing to compare`)
  const needed = leastRounds(comparisons.length)
  if (rounds < needed) throw new Error(`--rounds must be ${needed} or more: fewer cannot rule chance out`)

  const loadAtStart = loadavg()[0] ?? 0
  const generator = generatorCommand()
  const { dist: reference, commit } = buildOf(values.ref)
  const current = currentBuild()
  for (const comparison of comparisons) {
    await check(comparison, reference)
    await check(comparison, current)
  }

  /** @type {Map<Comparison, [reference: number, current: number][]>} */
  const pairs = new Map(comparisons.map((each) => [each, []]))
  for (let round = 0; round < rounds; round++) {
    for (const comparison of comparisons) {
      // Who starts first changes with the round.
      const isTurned = round % 2 === 1
      const [first, second] = isTurned ? [current, reference] : [reference, current]
      const commands = /** @type {const} */ ([commandOf(comparison, first), commandOf(comparison, second)])
      const costs = await measurePair(commands, generator, scenarioOf(comparison), times)
      const pair = isTurned ? costs.toReversed() : costs
      pairs.get(comparison)?.push(/** @type {[number, number]} */ (pair))
      progress(
        `round ${round + 1} of ${rounds}: ${comparison.name}: ${pair.map((us) => us.toFixed(2)).join(' -> ')} us`,
      )
    }
  }

  const verdicts = [...pairs].map(([{ name }, costs]) => ({
    name,
    costs,
    ...compare(costs, comparisons.length, leastEffect),
  }))
  console.log(
    markdown(
      ['comparison', `${values.ref} us`, 'current us', 'current / ref', 'p', 'verdict'],
      verdicts.map(({ name, costs, ratio, p, verdict }) => [
        name,
        spread(costs.map(([us]) => us)).median.toFixed(2),
        spread(costs.map(([, us]) => us)).median.toFixed(2),
        ranged(ratio, 3),
        p.toFixed(4),
        verdict,
      ]),
    ),
  )
  const worse = verdicts.filter(({ verdict }) => verdict === 'worse')
  const isBusy = loadAtStart > CALM_LOAD
  if (isBusy) console.log('\nDISTURBED: other programs ran beside it; losses of a few percent may be hidden.')
  console.log(`
CPU us per request, medians of ${rounds} rounds; ${values.ref} is ${commit.slice(0, 12)}; load at start ${loadAtStart.toFixed(2)}.
A difference counts from ${values['least-effect']} % on, when chance makes one like it in fewer than 1 of 100 runs (signed-rank test, all comparisons together).
${worse.length > 0 ? `LOSS: ${worse.map(({ name }) => name).join(', ')}.` : 'No loss.'}`)
  if (worse.length > 0) process.exitCode = 1
}

try {
  await main()
} catch (error) {
  console.error(error)
  process.exitCode = 2
}
