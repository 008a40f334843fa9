import { describe, expect, test } from 'vitest'
import { type CapacityOptions, resolveCapacity } from '../../src/load/capacity/capacity-options.ts'
import { trialOptions } from '../../src/load/capacity/find-capacity.ts'
import { kneeOf } from '../../src/load/capacity/knee.ts'
import { CapacitySearch, type SearchOutcome } from '../../src/load/capacity/search.ts'
import { judgeTrial, type Trial } from '../../src/load/capacity/trial.ts'
import { exponentialServer, steadyServer, tokenBucketServer } from './servers.ts'
import { type SimulatedServer, SimulatedWorld } from './simulated-world.ts'

interface Found extends SearchOutcome {
  readonly trials: Trial[]
}

/** What findCapacity does, in simulated time; each trial meets a server of its own. */
const search = async (
  server: (trial: number) => SimulatedServer,
  options: Omit<CapacityOptions, 'url'>,
): Promise<Found> => {
  const plan = resolveCapacity({ url: 'http://simulated/', ...options })
  const trials: Trial[] = []
  const outcome = await new CapacitySearch(async (load, phase) => {
    const world = new SimulatedWorld(server(trials.length))
    const { url: _, ...trial } = trialOptions(plan, load, phase)
    const result = await world.runLoad(trial)
    // The generator's CPU is real where everything else is simulated.
    const figures = { ...result, generator: { ...result.generator, limitedBy: [] } }
    trials.push(judgeTrial(phase, load, plan.slo, figures))
    return trials.at(-1) as Trial
  }, plan).run()
  return { ...outcome, trials }
}

describe('the search for capacity', () => {
  test('finds the rate of a token bucket within 5 %', async () => {
    const found = await search(() => tokenBucketServer(700, 5), {
      slo: 'p99<50ms,errors<0.1%',
      arrivals: 'constant',
      stepMs: 2_000,
    })
    expect(found.sustainable).toBeGreaterThan(700 * 0.95)
    expect(found.sustainable).toBeLessThan(700 * 1.05)
    expect(found.exceeded).toBeGreaterThan(700)
    expect(found.breach?.limit).toBe('latency')
    expect(found.confirmation?.outcome).toBe('pass')
  })

  test('finds the rate at which p99 of an M/M/1 queue meets its objective within 5 %', async () => {
    // p99 is ln(100) / (mu - lambda): 20 ms are met up to 230 per second below mu.
    const mu = 500
    const limit = mu - Math.log(100) / 0.02
    const found = await search((trial) => exponentialServer(mu, trial), {
      slo: 'p99<20ms',
      stepMs: 40_000,
      precision: 0.03,
    })
    expect(found.sustainable).toBeGreaterThan(limit * 0.95)
    expect(found.sustainable).toBeLessThan(limit * 1.05)
  })

  test('finds how many connections a target carries at one rate each', async () => {
    const { sustainable, exceeded } = await search(() => tokenBucketServer(70, 5), {
      slo: 'p99<50ms',
      search: 'connections',
      ratePerConnection: 2,
      arrivals: 'constant',
      min: 4,
      max: 500,
      precision: 0.001,
    })
    expect([sustainable, exceeded]).toEqual([35, 36])
  })

  test('says so when the lowest load is too much, and when the highest is not', async () => {
    const slow = await search(() => steadyServer(100), { slo: 'p99<50ms', min: 10, stepMs: 1_000 })
    expect(slow).toMatchObject({ sustainable: null, exceeded: 10, breach: { limit: 'latency' } })
    const quick = await search(() => steadyServer(10), { slo: 'p99<50ms', min: 10, max: 30, stepMs: 1_000 })
    expect(quick).toMatchObject({ sustainable: 30, exceeded: null, breach: null })
  })

  test('asks again before it believes a failure', async () => {
    const outcomes = ['pass', 'fail', 'pass', 'pass', 'fail', 'fail', 'pass'] as const
    const asked: number[] = []
    const search = new CapacitySearch(
      async (load) =>
        ({ load, outcome: outcomes[asked.push(load) - 1] ?? 'pass', limit: 'latency' }) as Trial,
      { min: 10, max: 1_000, precision: 0.9, repeat: 3, isWhole: false },
    )
    const { sustainable, exceeded } = await search.run()
    expect(asked.slice(0, 6)).toEqual([10, 20, 20, 20, 40, 40])
    expect([sustainable, exceeded]).toEqual([28.284271247461902, 40])
  })

  test('an interruption ends it with what is known', async () => {
    let trials = 0
    const search = new CapacitySearch(
      async (load) => (trials++ < 3 ? ({ load, outcome: 'pass', limit: null } as Trial) : null),
      { min: 10, max: 1_000, precision: 0.05, repeat: 3, isWhole: false },
    )
    expect(await search.run()).toMatchObject({ sustainable: 40, exceeded: null, confirmation: null })
  })

  test('the knee is where latency begins to rise', () => {
    const at = (load: number, p99Us: number): Trial => ({ load, p99Us, outcome: 'pass' }) as Trial
    const curve = [at(100, 10), at(200, 11), at(400, 12), at(800, 20), at(900, 200)]
    expect(kneeOf(curve)).toBe(800)
    expect(kneeOf(curve.slice(0, 3))).toBeNull()
  })
})
