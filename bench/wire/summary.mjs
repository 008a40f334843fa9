import { ratios, spread } from './statistics.mjs'

/**
 * @typedef {import('./statistics.mjs').Spread} Spread
 * @typedef {import('./measure.mjs').Run} Run
 */

/**
 * Everything the table and the bounds are made from.
 *
 * @typedef {object} Results
 * @property {Run[]} runs
 * @property {Record<string, Spread>} idleBytes by server
 * @property {Record<string, { answer: Spread, exit: Spread }>} startupMs by server
 */

/**
 * CPU per request of one server over another's, round by round; undefined when one of them did not run.
 *
 * @param {readonly Run[]} runs
 * @param {string} scenario
 * @param {string} numerator
 * @param {string} denominator
 */
export const cpuRatio = (runs, scenario, numerator, denominator) => {
  /** @param {string} server */
  const cpuOf = (server) =>
    runs.filter((run) => run.scenario === scenario && run.server === server).map((run) => run.cpuUs)
  const above = cpuOf(numerator)
  const below = cpuOf(denominator)
  return above.length > 0 && above.length === below.length ? ratios(above, below) : undefined
}

/**
 * The runs of one server under one scenario as medians.
 *
 * @param {readonly Run[]} runs
 * @param {string} scenario
 * @param {string} server
 */
export const summarize = (runs, scenario, server) => {
  const own = runs.filter((run) => run.scenario === scenario && run.server === server)
  /** @param {(run: Run) => number} pick */
  const over = (pick) => spread(own.map(pick))
  return {
    scenario,
    server,
    cpuUs: over((run) => run.cpuUs),
    overCLoop: cpuRatio(runs, scenario, server, 'c-loop'),
    overNodeHttp: cpuRatio(runs, scenario, server, 'node:http'),
    rps: over((run) => run.rps),
    p50Us: over((run) => run.p50Us),
    p99Us: over((run) => run.p99Us),
    busy: over((run) => run.busy),
    generatorBusy: over((run) => run.generatorBusy),
    peakRssBytes: over((run) => run.peakRssBytes),
  }
}

/** In a closed loop one side always has work: when both lack CPU time, another process took it. */
const OWN_CORE_SHARE = 0.9

/** @param {readonly Run[]} runs */
export const disturbed = (runs) =>
  runs.filter((run) => Math.max(run.busy, run.generatorBusy) < OWN_CORE_SHARE)
