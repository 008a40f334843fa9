import { describe, expect, test } from 'vitest'
import { type ArrivalKind, arrivalsOf } from '../../src/load/arrivals/arrivals.ts'
import { Random } from '../../src/load/arrivals/random.ts'

const times = (
  kind: ArrivalKind,
  rate: number,
  count: number,
  part = { index: 0, count: 1 },
  seed = 1,
): number[] => {
  const arrivals = arrivalsOf(kind, rate, part, new Random(seed, part.index))
  return Array.from({ length: count }, () => arrivals.next())
}

describe('arrivals', () => {
  test('at a constant rate are spread evenly, and parts interleave', () => {
    expect(times('constant', 100, 4)).toEqual([0, 10, 20, 30])
    const parts = [0, 1, 2].flatMap((index) => times('constant', 100, 2, { index, count: 3 }))
    expect(parts.sort((a, b) => a - b)).toEqual([0, 10, 20, 30, 40, 50])
  })

  test('of a Poisson process have exponential gaps, the same ones for the same seed', () => {
    const all = times('poisson', 1_000, 20_000)
    const gaps = all.map((at, i) => at - (all[i - 1] ?? 0))
    const mean = (all.at(-1) as number) / all.length
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
    expect(mean).toBeCloseTo(1, 1)
    expect(variance).toBeCloseTo(1, 1)
    expect(times('poisson', 1_000, 20_000)).toEqual(all)
    expect(times('poisson', 1_000, 3, undefined, 2)).not.toEqual(all.slice(0, 3))
  })

  test('of Poisson parts add up to the rate, and differ from each other', () => {
    const [first, second] = [0, 1].map((index) => times('poisson', 1_000, 10_000, { index, count: 2 })) as [
      number[],
      number[],
    ]
    expect((first.at(-1) as number) / 10_000).toBeCloseTo(2, 0)
    expect(first.slice(0, 5)).not.toEqual(second.slice(0, 5))
  })
})
