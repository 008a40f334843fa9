import { beforeAll, describe, expect, test } from 'vitest'
import { Random } from '../../src/load/arrivals/random.ts'
import { meanDifference } from '../../src/load/comparison/bootstrap.ts'
import { compareRounds, compareRuns, LEAST_SAMPLES, type Round } from '../../src/load/comparison/compare.ts'
import type { Comparison, MetricName } from '../../src/load/comparison/comparison.ts'
import { smoothQuantiles } from '../../src/load/comparison/sample.ts'
import { DurationCounter } from '../../src/load/durations.ts'
import type { LoadOptions } from '../../src/load/load-options.ts'
import type { LoadResult } from '../../src/load/result.ts'
import { exponentialServer, steadyServer } from './servers.ts'
import { type SimulatedServer, SimulatedWorld } from './simulated-world.ts'

const ROUNDS = 10
/** Enough runs to draw comparisons from that have little in common. */
const RUNS = 40

const runOf = async (server: SimulatedServer, options: Partial<LoadOptions> = {}): Promise<LoadResult> => {
  const { url: _, ...own } = options
  const result = await new SimulatedWorld(server).runLoad({
    ...{ rate: 400, arrivals: 'poisson', durationMs: 1_000, warmUpMs: 0 },
    ...own,
  })
  // The generator's CPU is real where everything else is simulated.
  return { ...result, generator: { ...result.generator, limitedBy: [] } }
}

/** Answers after 6 ms and something random; `slower` is a share, as 0.1. */
const noisyServer = (seed: number, slower = 0): SimulatedServer => {
  // Arrivals have seeds of their own: with the same, long gaps would come with long services.
  const random = new Random(1_000 + seed)
  return (arrivedMs) => arrivedMs + (6 + random.exponential(2)) * (1 + slower)
}

const runs = (slower: number, options: Partial<LoadOptions> = {}): Promise<LoadResult[]> =>
  Promise.all(
    Array.from({ length: RUNS }, (_, seed) =>
      runOf(noisyServer(seed, slower), { seed: seed + 1, ...options }),
    ),
  )

/** Rounds drawn at random, so that each comparison is another day. */
const draw = (from: readonly LoadResult[], random: Random): Round[] =>
  Array.from({ length: ROUNDS }, () => {
    const result = from[random.integer(0, from.length - 1)] as LoadResult
    // As if the server took 100 us, give or take 5, for each request.
    return { result, serverCpuUs: result.requests.good * (95 + 10 * random.next()) }
  })

const share = (count: number, is: (i: number) => boolean): number =>
  Array.from({ length: count }, (_, i) => is(i)).filter(Boolean).length / count

const metricOf = ({ metrics }: Comparison, name: MetricName) => {
  const metric = metrics.find((candidate) => candidate.metric === name)
  if (metric === undefined) throw new Error(`No ${name}.`)
  return metric
}

describe('an interval', () => {
  const normal = (random: Random): number =>
    Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
  const shapes: readonly (readonly [string, number, (random: Random) => number])[] = [
    ['normal', 0, normal],
    ['skewed', 1, (random) => random.exponential(1)],
  ]

  test.each(shapes)('of 90 %% holds the mean of %s values about 90 times in 100', (_name, truth, value) => {
    const noise = new Random(11)
    const holds = share(400, (i) => {
      const values = Array.from({ length: ROUNDS }, () => value(noise))
      const options = { confidence: 0.9, resamples: 500, random: new Random(i) }
      const { low, high } = meanDifference(null, values, options)
      return low <= truth && truth <= high
    })
    expect(holds).toBeGreaterThan(0.85)
    expect(holds).toBeLessThan(0.95)
  })

  test('of two samples holds the difference of their means, and is not wider than it need be', () => {
    const noise = new Random(12)
    let width = 0
    const holds = share(400, (i) => {
      const a = Array.from({ length: 12 }, () => normal(noise))
      const b = Array.from({ length: 15 }, () => 3 + 2 * normal(noise))
      const { low, high } = meanDifference(a, b, {
        ...{ confidence: 0.95, resamples: 500, random: new Random(i) },
      })
      width += (high - low) / 400
      return low <= 3 && 3 <= high
    })
    expect(holds).toBeGreaterThan(0.92)
    expect(holds).toBeLessThan(0.98)
    // Welch's interval: twice 2.09 standard errors.
    expect(width / (2 * 2.09 * Math.sqrt(1 / 12 + 4 / 15))).toBeCloseTo(1, 0.7)
  })

  test('is the same for the same seed', () => {
    const at = (seed: number) =>
      meanDifference(null, [1, 2, 4, 8, 16, 32, 64], {
        ...{ confidence: 0.9, resamples: 100, random: new Random(seed) },
      })
    expect(at(3)).toEqual(at(3))
    expect(at(3)).not.toEqual(at(4))
  })

  test('of values that are all the same is that value', () => {
    const options = { confidence: 0.9, resamples: 100, random: new Random(1) }
    expect(meanDifference(null, [2, 2, 2], options)).toEqual({ estimate: 2, low: 2, high: 2 })
  })
})

describe('rounds of A and B', () => {
  let a: LoadResult[]
  const others = new Map<number, LoadResult[]>()
  beforeAll(async () => {
    a = await runs(0)
    for (const slower of [0.05, 0.1]) others.set(slower, await runs(slower))
  })

  /** Many comparisons of A with what is slower by this share, each with other rounds. */
  const comparisons = (count: number, slower: number): Comparison[] => {
    const random = new Random(99)
    const b = others.get(slower) ?? a
    return Array.from({ length: count }, (_, seed) =>
      compareRounds(draw(a, random), draw(b, random), { seed, threshold: 0 }),
    )
  }

  test('of the same server differ at most 5 times in 100, without any threshold', () => {
    const all = comparisons(100, 0)
    expect(share(100, (i) => all[i]?.verdict === 'none')).toBeGreaterThanOrEqual(0.95)
    // And not because intervals were so wide that nothing could be found.
    const p50 = all.map((comparison) => metricOf(comparison, 'p50'))
    expect(p50.reduce((sum, { low, high }) => sum + high - low, 0) / 100).toBeLessThan(0.05)
  })

  test.each([0.05, 0.1])('find that B is slower by %d, and how much', (slower) => {
    const all = comparisons(12, slower)
    const p50 = all.map((comparison) => metricOf(comparison, 'p50'))
    expect(share(12, (i) => all[i]?.verdict === 'worse')).toBeGreaterThanOrEqual(0.95)
    expect(share(12, (i) => p50[i]?.difference === 'worse')).toBeGreaterThanOrEqual(0.9)
    expect(share(12, (i) => (p50[i]?.low ?? 1) <= slower && slower <= (p50[i]?.high ?? 0))).toBeGreaterThan(
      0.9,
    )
    expect(p50.reduce((sum, { change }) => sum + change, 0) / 12).toBeCloseTo(slower, 1.7)
  })

  test('find that B is faster', () => {
    const random = new Random(6)
    const comparison = compareRounds(draw(others.get(0.1) ?? [], random), draw(a, random))
    expect(comparison.verdict).toBe('better')
    expect(metricOf(comparison, 'p50').difference).toBe('better')
  })

  test('see through what changes slowly on the machine, because they are pairs', () => {
    const random = new Random(7)
    /** Ten times as much CPU at the end as at the beginning, for both alike; B takes 4 % more. */
    const drifting = (by: number): Round[] =>
      draw(a, random).map(({ result }, i) => ({
        result,
        serverCpuUs: result.requests.completedInWindow * 100 * 10 ** (i / 9) * (by + random.next() / 100),
      }))
    const cpu = metricOf(compareRounds(drifting(1), drifting(1.04)), 'cpu')
    expect(cpu.difference).toBe('worse')
    expect(cpu.change).toBeCloseTo(0.04, 2)
    expect(cpu.high - cpu.low).toBeLessThan(0.02)
  })

  test('in which the server used less than a tick of the CPU clock are compared all the same', () => {
    const idle = draw(a, new Random(5)).map(({ result }, i) => ({ result, serverCpuUs: i < 5 ? 0 : 10_000 }))
    const { low, high, difference } = metricOf(compareRounds(idle, [...idle].reverse()), 'cpu')
    expect(difference).toBe('none')
    expect([low, high].every(Number.isFinite)).toBe(true)
    expect(high).toBeLessThan(3)
  })

  test('below the threshold are the same, whatever their interval', () => {
    const random = new Random(8)
    const [from, to] = [draw(a, random), draw(others.get(0.1) ?? [], random)]
    expect(compareRounds(from, to).verdict).toBe('worse')
    expect(compareRounds(from, to, { threshold: 0.3 }).verdict).toBe('none')
  })

  test('count errors as such, and have no verdict when the generator was the limit', async () => {
    const random = new Random(9)
    let count = 0
    const losing = await runOf(
      (arrivedMs) => (++count % 50 === 0 ? Number.POSITIVE_INFINITY : arrivedMs + 4 + random.exponential(4)),
      { timeoutMs: 100 },
    )
    const [good, bad] = [draw(a, random), draw([losing], random)]
    const comparison = compareRounds(good, bad)
    expect(metricOf(comparison, 'errors')).toMatchObject({ difference: 'worse', a: 0 })
    expect(metricOf(comparison, 'errors').change).toBeCloseTo(0.02, 2)
    const limited = bad.map(({ result, serverCpuUs }, i) => ({
      result: i < 3 ? { ...result, generator: { ...result.generator, limitedBy: ['late'] } } : result,
      serverCpuUs,
    }))
    expect(compareRounds(good, limited)).toMatchObject({
      verdict: null,
      limitedBy: ['B: in 3 of 10 runs; late'],
    })
  })

  test('are refused when they are too few, unequal in number, or asked for different things', async () => {
    const random = new Random(10)
    const rounds = draw(a, random)
    const refused = (work: () => unknown, sentence: RegExp): void =>
      expect(work).toThrow(
        expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringMatching(sentence) }),
      )
    const few = rounds.slice(0, LEAST_SAMPLES - 1)
    refused(() => compareRounds(few, few), /6 rounds; 7 are the least/)
    refused(() => compareRounds(rounds, few), /10 rounds of A and 6 of B/)
    refused(() => compareRounds(rounds, rounds, { confidence: 1 }), /confidence/)
    refused(() => compareRounds(rounds, rounds, { threshold: -1 }), /threshold/)
    refused(() => compareRounds(rounds, rounds, { seed: 0.5 }), /seed/)
    const faster = draw([await runOf(steadyServer(5), { rate: 500 })], random)
    refused(() => compareRounds(rounds, faster), /400\/s, 500\/s/)
    const { rate: _, ...closed } = {
      rate: 1,
      arrivals: 'constant' as const,
      connections: 2,
      durationMs: 1_000,
    }
    const result = await new SimulatedWorld(steadyServer(5)).runLoad(closed)
    refused(() => compareRounds(rounds, draw([result], random)), /closed loop/)
  })
})

test('one run against another: the seconds of each, the same server and a slower one', async () => {
  const options = { durationMs: 20_000 }
  const [a, same, slower] = await Promise.all([
    runOf(noisyServer(1), options),
    runOf(noisyServer(2), { ...options, seed: 2 }),
    runOf(noisyServer(3, 0.1), { ...options, seed: 3 }),
  ])
  expect(compareRuns(a, same)).toMatchObject({ kind: 'runs', samples: 20, verdict: 'none' })
  const comparison = compareRuns(a, slower, { names: ['old', 'new'] })
  expect(comparison.verdict).toBe('worse')
  expect(metricOf(comparison, 'p50').change).toBeCloseTo(0.1, 1)
  expect([comparison.a.name, comparison.b.name]).toEqual(['old', 'new'])
  const short = await runOf(noisyServer(1), { durationMs: 3_000 })
  expect(() => compareRuns(a, short)).toThrow('There are 3 seconds; 7 are the least.')
})

test('an M/M/1 queue at 5 % less capacity is found slower by its waiting', async () => {
  const rounds = (perSecond: number): Promise<Round[]> =>
    Promise.all(
      Array.from({ length: ROUNDS }, async (_, seed) => ({
        result: await runOf(exponentialServer(perSecond, 1_000 + seed), { rate: 200, durationMs: 4_000 }),
        serverCpuUs: null,
      })),
    )
  const comparison = compareRounds(await rounds(400), await rounds(380))
  // Waiting is exponential with mu - lambda: 200 to 180 per second is 11 % more.
  const { low, high, difference } = metricOf(comparison, 'p50')
  expect(difference).toBe('worse')
  expect(low).toBeLessThan(0.111)
  expect(high).toBeGreaterThan(0.111)
})

test('quantiles lie within the steps of a histogram, not on them', () => {
  const quantile = (...counts: readonly (readonly [us: number, count: number])[]): number => {
    const counter = new DurationCounter()
    for (const [us, count] of counts) for (let i = 0; i < count; i++) counter.record(us)
    return smoothQuantiles(counter.durations())(0.5)
  }
  // Of 100 durations 40 are below 50.5 us: the median is a quarter into the step of 51 us that holds 40.
  expect(quantile([50, 40], [51, 40], [52, 20])).toBeCloseTo(50.75, 5)
  expect(quantile([50, 50], [51, 50])).toBeCloseTo(50.5, 5)
  expect(quantile([7, 1])).toBeCloseTo(7, 5)
  expect(smoothQuantiles(new DurationCounter().durations())(0.99)).toBe(0)
})
