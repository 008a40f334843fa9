/** @param {readonly number[]} values @param {number} share 0 to 1 */
const quantile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)] ?? Number.NaN
  const high = sorted[Math.ceil(at)] ?? Number.NaN
  return low + (high - low) * (at - Math.floor(at))
}

/**
 * @typedef {object} Spread
 * @property {number} median
 * @property {number} min
 * @property {number} max
 */

/**
 * @param {readonly number[]} values
 * @returns {Spread}
 */
export const spread = (values) => ({
  median: quantile(values, 0.5),
  min: Math.min(...values),
  max: Math.max(...values),
})

/**
 * Ratios of runs that share a round, and so the state of the machine.
 *
 * @param {readonly number[]} numerators by round
 * @param {readonly number[]} denominators by round
 */
export const ratios = (numerators, denominators) =>
  spread(numerators.map((value, round) => value / (denominators[round] ?? Number.NaN)))
