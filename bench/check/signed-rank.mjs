/**
 * Wilcoxon's signed-rank test on paired differences, exact: the probability that the positive ones outweigh the negative
 * ones as much as here, or more, if neither sign were more likely. Unlike a t test it asks nothing of their
 * distribution, and one disturbed round counts as one round. Zeros are left out, equal sizes share their ranks.
 *
 * @param {readonly number[]} differences up to some hundreds
 * @returns {number} 0 to 1; 1 without any difference
 */
export const signedRank = (differences) => {
  const sizes = differences.filter((each) => each !== 0).sort((a, b) => Math.abs(a) - Math.abs(b))
  // Twice the ranks, so that shared ones are whole numbers.
  const ranks = sizes.map((each) => {
    const same = (/** @type {number} */ other) => Math.abs(other) === Math.abs(each)
    return sizes.findIndex(same) + sizes.findLastIndex(same) + 2
  })
  const observed = ranks.reduce((sum, rank, i) => sum + ((sizes[i] ?? 0) > 0 ? rank : 0), 0)

  // How many of the 2^n choices of signs give each sum, as shares of all.
  const total = ranks.reduce((sum, rank) => sum + rank, 0)
  const shares = new Float64Array(total + 1)
  shares[0] = 1
  for (const rank of ranks)
    for (let sum = total; sum >= 0; sum--)
      shares[sum] = ((shares[sum] ?? 0) + (sum >= rank ? (shares[sum - rank] ?? 0) : 0)) / 2
  return shares.subarray(observed).reduce((sum, share) => sum + share, 0)
}
