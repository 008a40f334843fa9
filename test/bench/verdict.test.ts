import { describe, expect, test } from 'vitest'

interface Verdict {
  readonly ratio: { readonly median: number }
  readonly p: number
  readonly verdict: string
}
type Pairs = readonly (readonly [reference: number, current: number])[]

/** The bench is JavaScript: its types are checked where it stands. */
const moduleOf = async <T>(file: string): Promise<T> =>
  (await import(new URL(`../../bench/check/${file}`, import.meta.url).href)) as T

const { signedRank } = await moduleOf<{ signedRank: (differences: readonly number[]) => number }>(
  'signed-rank.mjs',
)
const { compare, leastRounds } = await moduleOf<{
  compare: (pairs: Pairs, comparisons: number, leastEffect: number) => Verdict
  leastRounds: (comparisons: number) => number
}>('verdict.mjs')

/** Twelve rounds on a machine that changes its speed, and costs that scatter by a percent and differ by `factor`. */
const rounds = (factor: number): Pairs =>
  Array.from({ length: 12 }, (_, i) => [10 + i, (10 + i) * factor * (i % 2 === 0 ? 1.01 : 0.99)] as const)

describe('the signed-rank test', () => {
  test('five differences of one sign have a chance of one in 32', () => {
    expect(signedRank([1, 2, 3, 4, 5])).toBe(1 / 32)
    expect(signedRank([-1, -2, -3, -4, -5])).toBe(1)
  })

  test('agrees with published tables: n = 10, a rank sum of 10 against', () => {
    expect(signedRank([1, 2, -3, 4, 5, 6, -7, 8, 9, 10])).toBeCloseTo(0.042, 3)
  })

  test('equal sizes share their ranks, and zeros say nothing', () => {
    expect(signedRank([1, -1])).toBe(0.75)
    expect(signedRank([0, 0, 1])).toBe(0.5)
    expect(signedRank([])).toBe(1)
  })
})

describe('the verdict of the regression gate', () => {
  test('rounds that scatter around one are no difference', () => {
    expect(compare(rounds(1), 9, 0.03).verdict).toBe('no difference')
  })

  test('five percent in all rounds are a loss, or a gain', () => {
    expect(compare(rounds(1.05), 9, 0.03).verdict).toBe('worse')
    expect(compare(rounds(1 / 1.05), 9, 0.03).verdict).toBe('better')
  })

  test('what is certain but smaller than the least effect is no difference', () => {
    const { verdict, p } = compare(rounds(1.02), 9, 0.03)
    expect(p).toBeLessThan(0.001)
    expect(verdict).toBe('no difference')
  })

  test('a disturbed round does not hide a loss from enough others, nor make one', () => {
    const disturbed = [200, 10] as const
    expect(compare([...rounds(1.05), ...rounds(1.05), disturbed], 1, 0.03).verdict).toBe('worse')
    expect(compare([...rounds(1), [10, 200]], 1, 0.03).verdict).toBe('no difference')
  })

  test('fewer rounds than the least can never speak against chance', () => {
    const needed = leastRounds(9)
    expect(compare(rounds(1.05).slice(0, needed), 9, 0.03).verdict).toBe('worse')
    expect(compare(rounds(1.05).slice(0, needed - 2), 9, 0.03).verdict).toBe('no difference')
  })
})
