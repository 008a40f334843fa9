import { cpuRatio } from './summary.mjs'

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

/** @type {readonly Bound[]} */
const BOUNDS = [
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
    figure: ({ startupMs }) => startupMs['nova']?.answer.median,
  },
]

/**
 * @param {import('./summary.mjs').Results} results
 * @returns {{ what: string, bound: string, figure: string, verdict: 'met' | 'NOT MET' | 'not measured' }[]}
 */
export const judge = (results) =>
  BOUNDS.map(({ what, sense, limit, unit, figure }) => {
    const value = figure(results)
    const bound = `${sense} ${limit.toLocaleString('en')} ${unit}`
    // Nothing costs less than nothing: below zero the measurement has failed, whatever the bound.
    if (value === undefined || value < 0) return { what, bound, figure: '-', verdict: 'not measured' }
    const isMet = sense === 'at most' ? value <= limit : value >= limit
    const shown = unit === 'B' ? Math.round(value).toLocaleString('en') : value.toFixed(2)
    return { what, bound, figure: `${shown} ${unit}`, verdict: isMet ? 'met' : 'NOT MET' }
  })
