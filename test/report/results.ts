import { resolveCapacity } from '../../src/load/capacity/capacity-options.ts'
import { CAPACITY_VERSION, type CapacityResult } from '../../src/load/capacity/capacity-result.ts'
import { trialOptions } from '../../src/load/capacity/find-capacity.ts'
import { kneeOf } from '../../src/load/capacity/knee.ts'
import { CapacitySearch } from '../../src/load/capacity/search.ts'
import { judgeTrial, type Trial } from '../../src/load/capacity/trial.ts'
import { compareRounds, type Round } from '../../src/load/comparison/compare.ts'
import type { Comparison } from '../../src/load/comparison/comparison.ts'
import { judgeResult } from '../../src/load/judgement.ts'
import type { LoadOptions } from '../../src/load/load-options.ts'
import type { LoadResult } from '../../src/load/result.ts'
import { exponentialServer } from '../load/servers.ts'
import { type SimulatedServer, SimulatedWorld } from '../load/simulated-world.ts'

/** The generator's CPU is real where everything else is simulated. */
const withoutCpu = (result: LoadResult): LoadResult =>
  judgeResult({ ...result, generator: { ...result.generator, cpuShare: 0.2, cpuSeconds: 1 } })

const SLO = 'p99<50ms,errors<0.1%'

/** An M/M/1 queue of 400/s that answers none of `lost` requests in a thousand. */
const lossyServer = (lost: number): SimulatedServer => {
  const server = exponentialServer(400, 1_000)
  let count = 0
  return (arrivedMs) => {
    const answeredMs = server(arrivedMs)
    return ++count % 1_000 < lost ? Number.POSITIVE_INFINITY : answeredMs
  }
}

/** 20 s under open load, with timeouts: everything that a report can show. */
export const simulatedRun = async (options: Partial<LoadOptions> = {}): Promise<LoadResult> => {
  const { url: _, ...own } = options
  return withoutCpu(
    await new SimulatedWorld(lossyServer(2)).runLoad({
      ...{ rate: 250, arrivals: 'poisson', durationMs: 20_000, timeoutMs: 400, connections: 100, slo: SLO },
      ...own,
    }),
  )
}

/** What findCapacity does, in simulated time. */
export const simulatedCapacity = async (): Promise<CapacityResult> => {
  const plan = resolveCapacity({ url: 'http://simulated/', slo: SLO, stepMs: 5_000, min: 50 })
  const trials: Trial[] = []
  let confirmation: LoadResult | null = null
  const { sustainable, exceeded, breach } = await new CapacitySearch(async (load, phase) => {
    const { url: _, ...trial } = trialOptions(plan, load, phase)
    const result = withoutCpu(
      await new SimulatedWorld(exponentialServer(500, 1_000 + trials.length)).runLoad(trial),
    )
    trials.push(judgeTrial(phase, load, plan.slo, result))
    if (phase === 'confirm') confirmation = result
    return trials.at(-1) as Trial
  }, plan).run()
  return {
    format: 'nova-capacity',
    version: CAPACITY_VERSION,
    startedAt: '2030-01-01T12:00:00.000Z',
    url: 'http://simulated/',
    slo: SLO,
    search: 'rate',
    ratePerConnection: null,
    sustainable,
    exceeded,
    gaveWay: breach?.limit == null ? null : { kind: breach.limit, reasons: breach.reasons },
    knee: kneeOf(trials),
    trials,
    confirmation,
    isInterrupted: false,
    machine: { node: 'v20.19.0', platform: 'linux x64', cores: 2 },
  }
}

/** Runs of an M/M/1 queue of `perSecond`, each from a seed of its own. */
export const simulatedRounds = async (
  perSecond: number,
  seeds: readonly number[],
  options: Partial<LoadOptions> = {},
): Promise<Round[]> => {
  const { url: _, ...own } = options
  const rounds: Round[] = []
  for (const seed of seeds) {
    const world = new SimulatedWorld(exponentialServer(perSecond, 1_000 + seed))
    const result = await world.runLoad({
      ...{ rate: 200, arrivals: 'poisson', durationMs: 3_000, seed: 1 },
      ...own,
    })
    rounds.push({ result: withoutCpu(result), serverCpuUs: null })
  }
  return rounds
}

/** B is slower by half. */
export const simulatedComparison = async (): Promise<Comparison> => {
  const seeds = Array.from({ length: 10 }, (_, i) => i)
  return compareRounds(await simulatedRounds(500, seeds), await simulatedRounds(400, seeds), {
    names: ['node before.mjs', 'node after.mjs'],
  })
}
