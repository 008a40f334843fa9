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
 * @property {Record<string, import('./startup.mjs').Startup>} startup by server
 */

/**
 * A figure of one server over another's, round by round; undefined when one of them did not run.
 *
 * @param {readonly Run[]} runs
 * @param {string} scenario
 * @param {string} numerator
 * @param {string} denominator
 * @param {(run: Run) => number} pick
 */
export const ratioOf = (runs, scenario, numerator, denominator, pick) => {
  /** @param {string} server */
  const of = (server) => runs.filter((run) => run.scenario === scenario && run.server === server).map(pick)
  const above = of(numerator)
  const below = of(denominator)
  return above.length > 0 && above.length === below.length ? ratios(above, below) : undefined
}

/** CPU per request. @param {readonly Run[]} runs @param {string} scenario @param {string} numerator @param {string} denominator */
export const cpuRatio = (runs, scenario, numerator, denominator) =>
  ratioOf(runs, scenario, numerator, denominator, (run) => run.cpuUs)

/**
 * The runs of one server under one scenario as medians; undefined when there are none.
 *
 * @param {readonly Run[]} runs
 * @param {string} scenario
 * @param {string} server
 */
export const summarize = (runs, scenario, server) => {
  const own = runs.filter((run) => run.scenario === scenario && run.server === server)
  if (own.length === 0) return undefined
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
    p999Us: over((run) => run.p999Us),
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
