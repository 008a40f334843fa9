import type { Round } from '../load/comparison/compare.ts'
import type { LoadOptions } from '../load/load-options.ts'
import type { LoadResult } from '../load/result.ts'
import { runLoad } from '../load/run-load.ts'
import { CliError } from './cli-error.ts'
import { type Address, ServerCommand } from './server-command.ts'

export interface AbPlan {
  readonly commands: { readonly a: string; readonly b: string }
  readonly address: Address
  readonly load: LoadOptions
  /** Of the measured run of a round. */
  readonly durationMs: number
  readonly warmUpMs: number
  readonly pairs: number
  readonly startTimeoutMs: number
}

type SideName = 'a' | 'b'

/** A B B A A B B A: what changes steadily on the machine meets both alike. */
const orderOf = (pair: number): readonly SideName[] => (pair % 2 === 0 ? ['a', 'b'] : ['b', 'a'])

/** Null after an interruption. */
const measure = async (plan: AbPlan, side: SideName, signal: AbortSignal): Promise<Round | null> => {
  const command = plan.commands[side]
  const server = await ServerCommand.start(command, plan.address, plan.startTimeoutMs, signal)
  if (server === null) return null
  const run = (durationMs: number): Promise<LoadResult> =>
    // What went wrong with the server says more than what the load test saw of it.
    runLoad({
      ...plan.load,
      durationMs,
      warmUpMs: 0,
      signal: AbortSignal.any([signal, server.ended]),
    }).finally(() => server.requireListening())
  try {
    if (plan.warmUpMs > 0) await run(plan.warmUpMs)
    const before = server.cpuUs()
    const result = await run(plan.durationMs)
    const after = server.cpuUs()
    if (signal.aborted) return null
    if (result.requests.good === 0)
      throw new CliError('TARGET_DOWN', `'${command}' answered nothing as expected.`)
    return { result, serverCpuUs: before === null || after === null ? null : after - before }
  } finally {
    await server.stop()
  }
}

/** Measures both commands in turn, each time from a fresh start. Complete pairs only; fewer after an interruption. */
export const measureRounds = async (
  plan: AbPlan,
  signal: AbortSignal,
  onRound: (side: SideName, pair: number, round: Round) => void,
): Promise<Readonly<Record<SideName, readonly Round[]>>> => {
  const rounds: Record<SideName, Round[]> = { a: [], b: [] }
  for (let pair = 0; pair < plan.pairs; pair++) {
    const done: Partial<Record<SideName, Round>> = {}
    for (const side of orderOf(pair)) {
      const round = await measure(plan, side, signal)
      if (round === null) return rounds
      done[side] = round
      onRound(side, pair, round)
    }
    rounds.a.push(done.a as Round)
    rounds.b.push(done.b as Round)
  }
  return rounds
}
