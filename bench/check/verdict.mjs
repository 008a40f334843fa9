import { spread } from '../wire/statistics.mjs'
import { signedRank } from './signed-rank.mjs'

/** All scenarios together: so many false alarms in a hundred runs without any difference. */
const FALSE_ALARMS = 0.01

/**
 * @typedef {object} Verdict
 * @property {import('../wire/statistics.mjs').Spread} ratio Current over reference, of pairs of runs.
 * @property {number} p Probability of a difference like this in its direction, if there were none.
 * @property {'no difference' | 'worse' | 'better'} verdict
 */

/**
 * Worse or better: when the median of the ratios is off by `leastEffect`, and chance is an unlikely explanation. A
 * significant difference that is smaller is none that anybody would notice.
 *
 * @param {readonly (readonly [reference: number, current: number])[]} pairs costs of the same round
 * @param {number} comparisons how many verdicts are spoken in this run
 * @param {number} leastEffect 0.03: three percent
 * @returns {Verdict}
 */
export const compare = (pairs, comparisons, leastEffect) => {
  const logs = pairs.map(([reference, current]) => Math.log(current / reference))
  const ratio = spread(logs.map(Math.exp))
  const isWorse = ratio.median > 1
  const p = signedRank(isWorse ? logs : logs.map((each) => -each))
  const effect = Math.abs(Math.log(ratio.median))
  // Half of the false alarms for each direction.
  const isCertain = p < FALSE_ALARMS / 2 / comparisons
  const isLarge = effect >= Math.log(1 + leastEffect)
  return { ratio, p, verdict: isCertain && isLarge ? (isWorse ? 'worse' : 'better') : 'no difference' }
}

/** So many rounds must all agree before chance is ruled out. @param {number} comparisons */
export const leastRounds = (comparisons) => Math.ceil(Math.log2((2 * comparisons) / FALSE_ALARMS)) + 1
