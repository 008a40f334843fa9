import type { Command } from 'commander'
import type { LoadOptions } from '../../load/load-options.ts'
import { CliError } from '../cli-error.ts'
import { addComparisonOptions, type ComparisonArguments, compareOptionsOf } from '../comparison-arguments.ts'
import { addLoadOptions, type LoadArguments, loadOptionsOf, positive } from '../load-arguments.ts'
import { durationMs, integer } from '../values.ts'

const EXAMPLES = `
Examples:
  $ nova ab http://127.0.0.1:3000/ --a 'node before.mjs' --b 'node after.mjs' --rate 2000
  $ nova ab http://127.0.0.1:3000/ --a 'node before.mjs' --b 'node after.mjs' --rounds 20 -d 3s --html change.html

Starts A and B in turn (A B B A ...), each alone, waits until it listens on the URL's port, warms it up, measures, and
ends it. Both must listen on the same port. With --rate latency is compared at that rate, without it throughput.
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
  const [
    { measureRounds },
    { compareRounds, LEAST_SAMPLES },
    plans,
    report,
    files,
    { untilInterrupted },
    live,
  ] = await Promise.all([
    import('../ab-rounds.ts'),
    import('../../load/comparison/compare.ts'),
    import('../../load/load-plan.ts'),
    import('../comparison-runs.ts'),
    import('../result-files.ts'),
    import('../load-runs.ts'),
    import('../ab-progress.ts'),
  ])
  const load: LoadOptions = {
    ...loadOptionsOf(url, args),
    ...(args.rate !== undefined && { rate: args.rate }),
    durationMs: args.duration,
  }
  const { target } = files.asUsage(() => plans.resolvePlan(load))
  const { a, b, rounds: pairs, startTimeout, warmUp = DEFAULT_WARM_UP_MS } = args
  const plan = {
    commands: { a, b },
    address: target,
    load,
    warmUpMs: warmUp,
    pairs,
    startTimeoutMs: startTimeout,
  }
  const rounds = await untilInterrupted((signal) => measureRounds(plan, signal, live.roundPrinter(pairs)))
  if (rounds.a.length < LEAST_SAMPLES)
    throw new CliError(
      'FAILED',
      `Interrupted after ${rounds.a.length} rounds; ${LEAST_SAMPLES} are the least.`,
    )
  const options = { ...compareOptionsOf(args), names: [a, b] as const, seed: args.seed ?? 1 }
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
        .option('--rounds <n>', 'runs of each, 5 or more', integer('rounds', 5, 1_000), 10)
        .option('-d, --duration <time>', 'of each run', durationMs, 5_000)
        .option('--start-timeout <time>', 'until a server listens', durationMs, 30_000),
    ),
  )
    .addHelpText('after', EXAMPLES)
    .action(run)
}
