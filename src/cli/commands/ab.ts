import type { Command } from 'commander'
import type { LoadOptions } from '../../load/load-options.ts'
import type { AbPlan } from '../ab-rounds.ts'
import { CliError } from '../cli-error.ts'
import { addComparisonOptions, type ComparisonArguments, compareOptionsOf } from '../comparison-arguments.ts'
import { addLoadOptions, type LoadArguments, loadOptionsOf, positive } from '../load-arguments.ts'
import { durationOption, integer } from '../values.ts'

const EXAMPLES = `
Examples:
  $ nova ab http://127.0.0.1:3000/ --a 'node before.mjs' --b 'node after.mjs' --rate 2000
  $ nova ab http://127.0.0.1:3000/ --a 'node before.mjs' --b 'node after.mjs' --rounds 20 -d 3s --html change.html

Starts A and B in turn (A B B A ...), each alone, waits until it listens on the URL's port, warms it up, measures, and
ends it with all its processes. Both listen on the same port; they find it in the variable PORT. With --rate latency is
compared at that rate, without it throughput. Ctrl-C: a verdict from the rounds until then, a second one ends it at once.
Exit code 13: B is worse.
`

const DEFAULT_WARM_UP_MS = 1_000

interface AbArguments extends LoadArguments, ComparisonArguments {
  a: string
  b: string
  rate?: number
  rounds: number
  duration: number
  startTimeout: number
}

const run = async (url: string, args: AbArguments): Promise<void> => {
  const [ab, { compareRounds, LEAST_SAMPLES }, plans, report, files, runs, progress, output] =
    await Promise.all([
      import('../ab-rounds.ts'),
      import('../../load/comparison/compare.ts'),
      import('../../load/load-plan.ts'),
      import('../comparison-runs.ts'),
      import('../result-files.ts'),
      import('../load-runs.ts'),
      import('../ab-progress.ts'),
      import('../output-files.ts'),
    ])
  output.requireWritable(args)
  const load: LoadOptions = {
    ...loadOptionsOf(url, args),
    ...(args.rate !== undefined && { rate: args.rate }),
  }
  const { target } = files.asUsage(() => plans.resolvePlan(load))
  const plan: AbPlan = {
    commands: { a: args.a, b: args.b },
    address: target,
    load,
    durationMs: args.duration,
    warmUpMs: args.warmUp ?? DEFAULT_WARM_UP_MS,
    pairs: args.rounds,
    startTimeoutMs: args.startTimeout,
  }
  progress.printPlan(plan)
  const rounds = await runs.untilInterrupted((signal) =>
    ab.measureRounds(plan, signal, progress.roundPrinter(plan.pairs)),
  )
  if (rounds.a.length < LEAST_SAMPLES)
    throw new CliError(
      'ABORTED',
      `Interrupted after ${rounds.a.length} pairs of rounds; a verdict takes ${LEAST_SAMPLES}.`,
    )
  const options = { ...compareOptionsOf(args), names: [args.a, args.b] as const, seed: args.seed ?? 1 }
  report.concludeComparison(
    files.asUsage(() => compareRounds(rounds.a, rounds.b, options)),
    args,
  )
}

/** `nova ab`: two servers, measured in turn. */
export const registerAb = (program: Command): void => {
  addComparisonOptions(
    addLoadOptions(
      program
        .command('ab <url>')
        .description('Say whether server B is better or worse than server A, by running both in turn.')
        .requiredOption('--a <command>', 'shell command that serves A in the foreground')
        .requiredOption('--b <command>', 'shell command that serves B')
        .option('-r, --rate <n>', 'requests per second (default: as fast as each answers)', positive)
        .option('--rounds <n>', 'runs of each, 7 or more', integer('rounds', 7, 1_000), 10)
        .addOption(durationOption('-d, --duration <time>', 'of each run', '5s'))
        .addOption(durationOption('--start-timeout <time>', 'until a server listens', '30s')),
    ),
  )
    .addHelpText('after', EXAMPLES)
    .action(run)
}
