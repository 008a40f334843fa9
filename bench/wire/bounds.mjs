import { cpuRatio, ratioOf } from './summary.mjs'

/**
 * What this project promises about itself, as figures. Every one is a median.
 *
 * @typedef {object} Bound
 * @property {string} what
 * @property {'at most' | 'at least'} sense
 * @property {number} limit
 * @property {string} unit
 * @property {(results: import('./summary.mjs').Results) => number | undefined} figure
 */

/** What every change must keep: for the quick run. @type {readonly Bound[]} */
export const BOUNDS = [
  {
    what: 'GET at 64 connections: CPU per request, of the C loop',
    sense: 'at most',
    limit: 1.3,
    unit: 'x',
    figure: ({ runs }) => cpuRatio(runs, 'get-64', 'nova', 'c-loop')?.median,
  },
  {
    what: 'GET at 64 connections: cheaper than node:http',
    sense: 'at least',
    limit: 1.8,
    unit: 'x',
    figure: ({ runs }) => cpuRatio(runs, 'get-64', 'node:http', 'nova')?.median,
  },
  {
    what: '16-deep pipelining, synchronous handler: cheaper than node:http',
    sense: 'at least',
    limit: 12,
    unit: 'x',
    figure: ({ runs }) => cpuRatio(runs, 'pipeline', 'node:http', 'nova')?.median,
  },
  {
    what: '16-deep pipelining, handler awaits once, answers in order: cheaper than node:http',
    sense: 'at least',
    limit: 4,
    unit: 'x',
    figure: ({ runs }) => cpuRatio(runs, 'pipeline-await', 'node:http', 'nova')?.median,
  },
  {
    what: 'Idle keep-alive connection: resident bytes',
    sense: 'at most',
    limit: 5_500,
    unit: 'B',
    figure: ({ idleBytes }) => idleBytes['nova']?.median,
  },
  {
    what: 'Load the package and answer the first request (until the answer): over `node -e 0`',
    sense: 'at most',
    limit: 25,
    unit: 'ms',
    figure: ({ startup }) => startup['nova']?.answerMs.median,
  },
]

/** CPU per request of the engine over the C loop's. @param {string} what @param {string} scenario @param {number} limit @returns {Bound} */
const nearCLoop = (what, scenario, limit) => ({
  what: `${what}: CPU per request, of the C loop`,
  sense: 'at most',
  limit,
  unit: 'x',
  figure: ({ runs }) => cpuRatio(runs, scenario, 'nova', 'c-loop')?.median,
})

/**
 * @param {string} what
 * @param {string} scenario
 * @param {readonly [dear: string, cheap: string]} servers
 * @param {number} limit
 * @returns {Bound}
 */
const cheaper = (what, scenario, [dear, cheap], limit) => ({
  what: `${what}: ${cheap} cheaper than ${dear}`,
  sense: 'at least',
  limit,
  unit: 'x',
  figure: ({ runs }) => cpuRatio(runs, scenario, dear, cheap)?.median,
})

/** @param {string} server @param {number} limit @returns {Bound} */
const idle = (server, limit) => ({
  what: `Idle keep-alive connection of ${server}: resident bytes`,
  sense: 'at most',
  limit,
  unit: 'B',
  figure: ({ idleBytes }) => idleBytes[server]?.median,
})

/** Servers that answer to nobody's bound. */
const OURS = ['c-loop', 'nova', 'nova/node', 'fastify on nova']

/** @param {import('./summary.mjs').Results} results The cheapest other server over the engine. */
const cheapestRival = ({ runs }) => {
  const rivals = [...new Set(runs.map(({ server }) => server))].filter((server) => !OURS.includes(server))
  const figures = rivals.map((server) => cpuRatio(runs, 'get-64', server, 'nova')?.median ?? Number.NaN)
  return figures.length > 0 ? Math.min(...figures) : undefined
}

/** Where the project wants to be: for the whole run, with peers. @type {readonly Bound[]} */
export const GOALS = [
  nearCLoop('GET at 64 connections', 'get-64', 1.1),
  {
    what: 'GET at 64 connections: CPU per request of the cheapest other server, of nova',
    sense: 'at least',
    limit: 1,
    unit: 'x',
    figure: cheapestRival,
  },
  nearCLoop('GET at 1024 connections', 'get-1024', 1.15),
  cheaper('16-deep pipelining', 'pipeline', ['node:http', 'nova'], 20),
  cheaper('16-deep pipelining', 'pipeline', ['uwebsockets', 'nova'], 1.2),
  cheaper('16-deep pipelining, one await', 'pipeline-await', ['node:http', 'nova'], 8),
  nearCLoop('Browser head', 'browser', 1.2),
  cheaper('Drop-in', 'get-64', ['node:http', 'nova/node'], 2.2),
  cheaper('Fastify, JSON', 'json', ['fastify', 'fastify on nova'], 2),
  cheaper('10 requests per connection', 'limited', ['node:http', 'nova'], 2),
  cheaper('A connection per request', 'close', ['node:http', 'nova'], 2),
  idle('nova', 2_000),
  idle('nova/node', 4_800),
  {
    what: "p99 at 80 % of node:http's capacity (open loop), of node:http's",
    sense: 'at most',
    limit: 0.5,
    unit: 'x',
    figure: ({ runs }) => ratioOf(runs, 'open-80', 'nova', 'node:http', (run) => run.p99Us)?.median,
  },
  {
    what: 'First answer after start: over `node -e 0`',
    sense: 'at most',
    limit: 15,
    unit: 'ms',
    figure: ({ startup }) => startup['nova']?.answerMs.median,
  },
  {
    what: 'Resident bytes after the first answer: over those of an empty Node',
    sense: 'at most',
    limit: 6_000_000,
    unit: 'B',
    figure: ({ startup }) => startup['nova']?.rssOverNode.median,
  },
]

/**
 * @typedef {object} Judged
 * @property {string} what
 * @property {string} bound
 * @property {string} figure
 * @property {'met' | 'NOT MET' | 'not measured'} verdict
 */

/**
 * @param {import('./summary.mjs').Results} results
 * @param {readonly Bound[]} bounds
 * @returns {Judged[]}
 */
export const judge = (results, bounds) =>
  bounds.map(({ what, sense, limit, unit, figure }) => {
    const value = figure(results)
    const bound = `${sense} ${limit.toLocaleString('en')} ${unit}`
    // Nothing costs less than nothing: below zero the measurement has failed, whatever the bound.
    if (value === undefined || Number.isNaN(value) || value < 0)
      return { what, bound, figure: '-', verdict: 'not measured' }
    const isMet = sense === 'at most' ? value <= limit : value >= limit
    const shown = unit === 'B' ? Math.round(value).toLocaleString('en') : value.toFixed(2)
    return { what, bound, figure: `${shown} ${unit}`, verdict: isMet ? 'met' : 'NOT MET' }
  })
