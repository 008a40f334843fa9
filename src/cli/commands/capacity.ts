import { type Command, Option } from 'commander'
import type { CapacityOptions } from '../../load/capacity/capacity-options.ts'
import type { CapacityResult } from '../../load/capacity/capacity-result.ts'
import { CliError } from '../cli-error.ts'
import {
  addLoadOptions,
  addWatchOptions,
  type LoadArguments,
  loadOptionsOf,
  positive,
} from '../load-arguments.ts'
import { durationMs, integer } from '../values.ts'

const EXAMPLES = `
Examples:
  $ nova capacity http://127.0.0.1:3000/ --slo 'p99<50ms,errors<0.1%'
  $ nova capacity http://127.0.0.1:3000/ --slo 'p99<20ms' --min 500 --max 20000 --precision 0.02 --pid 4711
  $ nova capacity http://127.0.0.1:3000/ --slo 'p99<50ms' --search connections --rate-per-connection 2

Doubles the load until the objective is missed, halves the interval, and confirms with a longer run.
`

interface CapacityArguments extends LoadArguments {
  slo: string
  search: 'rate' | 'connections'
  ratePerConnection?: number
  min?: number
  max?: number
  stepSeconds?: number
  repeat?: number
  precision?: number
  coolDown?: number
  confirm?: number
}

const optionsOf = (url: string, args: CapacityArguments): CapacityOptions => {
  const own = {
    search: args.search,
    ratePerConnection: args.ratePerConnection,
    min: args.min,
    max: args.max,
    stepMs: args.stepSeconds === undefined ? undefined : args.stepSeconds * 1000,
    repeat: args.repeat,
    precision: args.precision,
    coolDownMs: args.coolDown,
    confirmMs: args.confirm,
  }
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))
  return { ...loadOptionsOf(url, args), ...given, slo: args.slo }
}

/** Ends the command by what was found; returns when a load was. */
const conclude = ({ sustainable, exceeded, gaveWay }: CapacityResult): void => {
  if (gaveWay?.kind === 'generator')
    throw new CliError(
      'GENERATOR_LIMITED',
      'The generator was the limit: the target may carry more. Try --workers.',
    )
  if (sustainable === null && exceeded !== null)
    throw new CliError('SLO_MISSED', 'The objective was missed at the lowest load; try a lower --min.')
}

const run = async (url: string, args: CapacityArguments): Promise<void> => {
  const [{ findCapacity }, { untilInterrupted }, files, { capacityText, trialText }, csv, json, html] =
    await Promise.all([
      import('../../load/capacity/find-capacity.ts'),
      import('../load-runs.ts'),
      import('../output-files.ts'),
      import('../../report/capacity-text.ts'),
      import('../../report/csv.ts'),
      import('../../report/json.ts'),
      import('../../report/html/capacity-html.ts'),
    ])
  const options = optionsOf(url, args)
  files.requireWritable(args)
  const result = await untilInterrupted((signal) =>
    findCapacity({
      ...options,
      signal,
      onTrial: (trial) => process.stderr.write(`${trialText(trial)}\n`),
    }),
  )
  process.stdout.write(capacityText(result))
  files.writeFiles(args, {
    json: () => json.resultJson(result),
    csv: () => csv.capacityCsv(result),
    html: () => html.capacityHtml(result),
  })
  conclude(result)
}

/** `nova capacity`: the highest load that keeps an objective. */
export const registerCapacity = (program: Command): void => {
  addWatchOptions(
    addLoadOptions(
      program
        .command('capacity <url>')
        .description('Find the highest load at which the target keeps to an objective.')
        .requiredOption('--slo <objective>', "what to keep to: 'p99<50ms,errors<0.1%'")
        .addOption(
          new Option('--search <what>', 'what to raise').choices(['rate', 'connections']).default('rate'),
        )
        .option(
          '--rate-per-connection <n>',
          'requests/s of each, when connections are raised (default: 1)',
          positive,
        )
        .option('--min <load>', 'where to begin (default: 100)', positive)
        .option('--max <load>', 'where to end (default: 1000000)', positive)
        .option('--step-seconds <n>', 'length of one trial (default: 3)', positive)
        .option('--repeat <n>', 'trials of one load at most, odd (default: 3)', integer('trials', 1, 99))
        .option('--precision <share>', 'how narrow the answer has to be (default: 0.05)', positive)
        .option('--cool-down <time>', 'between trials (default: 500ms)', durationMs)
        .option('--confirm <time>', 'length of the confirming run (default: three steps)', durationMs),
    ),
  )
    .addHelpText('after', EXAMPLES)
    .action(run)
}
