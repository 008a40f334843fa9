import { availableParallelism } from 'node:os'
import process from 'node:process'
import { setTimeout } from 'node:timers/promises'
import type { LoadOptions } from '../load-options.ts'
import type { LoadResult } from '../result.ts'
import { runLoad } from '../run-load.ts'
import { type CapacityOptions, type CapacityPlan, resolveCapacity } from './capacity-options.ts'
import { CAPACITY_VERSION, type CapacityResult } from './capacity-result.ts'
import { kneeOf } from './knee.ts'
import { CapacitySearch } from './search.ts'
import { judgeTrial, type Phase, type Trial } from './trial.ts'

/** The load test of one trial. */
export const trialOptions = (plan: CapacityPlan, load: number, phase: Phase): LoadOptions => ({
  ...plan.load,
  slo: plan.slo.text,
  durationMs: phase === 'confirm' ? plan.confirmMs : plan.stepMs,
  ...(plan.search === 'rate' ? { rate: load } : { rate: load * plan.ratePerConnection, connections: load }),
})

/** Whether the pause was not interrupted. */
const pause = async (ms: number, signal: AbortSignal | undefined): Promise<boolean> => {
  try {
    await setTimeout(ms, undefined, signal === undefined ? {} : { signal })
    return true
  } catch {
    return false
  }
}

/**
 * Finds the highest rate (or number of connections) at which the target keeps to the objective. Takes about 20 trials
 * of `stepMs`, and one of `confirmMs`.
 *
 * An abort of `signal` ends the search and is no error: the result says `isInterrupted`, and what is known so far.
 * Rejects as `runLoad` does.
 */
export const findCapacity = async (options: CapacityOptions): Promise<CapacityResult> => {
  const plan = resolveCapacity(options)
  const { signal, onTrial } = options
  const startedAt = new Date().toISOString()
  const trials: Trial[] = []
  let confirmation: LoadResult | null = null

  const measure = async (load: number, phase: Phase): Promise<Trial | null> => {
    if (trials.length > 0 && !(await pause(plan.coolDownMs, signal))) return null
    const result = await runLoad(trialOptions(plan, load, phase))
    if (result.isInterrupted) return null
    const trial = judgeTrial(phase, load, plan.slo, result)
    if (phase === 'confirm' && trial.outcome === 'pass') confirmation = result
    trials.push(trial)
    onTrial?.(trial)
    return trial
  }

  const { sustainable, exceeded, breach } = await new CapacitySearch(measure, plan).run()
  return {
    format: 'nova-capacity',
    version: CAPACITY_VERSION,
    startedAt,
    url: options.url,
    slo: plan.slo.text,
    search: plan.search,
    ratePerConnection: plan.search === 'rate' ? null : plan.ratePerConnection,
    sustainable,
    exceeded,
    gaveWay: breach?.limit == null ? null : { kind: breach.limit, reasons: breach.reasons },
    knee: kneeOf(trials),
    trials,
    confirmation,
    isInterrupted: signal?.aborted ?? false,
    machine: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      cores: availableParallelism(),
    },
  }
}
