import { type Command, InvalidArgumentError } from 'commander'
import type { ArrivalKind, Part } from '../../load/arrivals/arrivals.ts'
import {
  addLoadOptions,
  addWatchOptions,
  type LoadArguments,
  loadOptionsOf,
  positive,
} from '../load-arguments.ts'
import { durationOption } from '../values.ts'

const EXAMPLES = `
Examples:
  $ nova load http://127.0.0.1:3000/ --rate 2000
  $ nova load http://127.0.0.1:3000/ -r 2000 -d 60s --slo 'p99<50ms,errors<0.1%' --json run.json
  $ nova load http://10.0.0.7/ -r 90000 --start-at 2030-01-01T12:00:00Z --part 2/3

Requests are sent when they are due, whatever the target does; latency counts from that time.
--start-at and --part let several machines drive one test: each sends its share.
`

const arrivals = (text: string): ArrivalKind => {
  if (text === 'constant' || text === 'poisson') return text
  throw new InvalidArgumentError('It must be constant or poisson.')
}

const startAt = (text: string): number => {
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isFinite(ms)) return ms
  throw new InvalidArgumentError('It must be a time like 2030-01-01T12:00:00Z, or ms since 1970.')
}

const part = (text: string): Part => {
  const [, number, count] = /^(\d+)\/(\d+)$/.exec(text) ?? []
  const part = { index: Number(number) - 1, count: Number(count) }
  if (part.index >= 0 && part.index < part.count) return part
  throw new InvalidArgumentError('It must be like 1/3: the first of three.')
}

interface LoadCommandArguments extends LoadArguments {
  rate: number
  duration: number
  arrivals?: ArrivalKind
  startAt?: number
  part?: Part
}

/** `nova load`: open loop. */
export const registerLoad = (program: Command): void => {
  addWatchOptions(
    addLoadOptions(
      program
        .command('load <url>')
        .description('Send at a rate whatever the target does (open loop), and measure how long users wait.')
        .requiredOption('-r, --rate <n>', 'requests per second', positive)
        .addOption(durationOption('-d, --duration <time>', 'to measure', '10s'))
        .option('--arrivals <kind>', 'constant (evenly spread) or poisson (default: constant)', arrivals)
        .option('--slo <objective>', "verdict: 'p99<50ms,errors<0.1%'")
        .option('--start-at <time>', 'when to begin (default: now)', startAt)
        .option('--part <i/n>', 'the share of this machine, of n', part),
    ),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (url: string, args: LoadCommandArguments) => {
      const { runLoadCommand } = await import('../load-runs.ts')
      const { rate, duration, ...more } = args
      const own = {
        ...(more.arrivals && { arrivals: more.arrivals }),
        ...(more.startAt !== undefined && { startAt: more.startAt }),
        ...(more.part && { part: more.part }),
      }
      await runLoadCommand({ ...loadOptionsOf(url, args), ...own, rate, durationMs: duration }, args)
    })
}
