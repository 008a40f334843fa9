import type { Command } from 'commander'
import { addLoadOptions, addWatchOptions, type LoadArguments, loadOptionsOf } from '../load-arguments.ts'
import { durationOption } from '../values.ts'

const EXAMPLES = `
Examples:
  $ nova bench http://127.0.0.1:3000/
  $ nova bench http://127.0.0.1:3000/ -c 256 -p 8 -d 30s --json before.json
  $ nova bench http://127.0.0.1:3000/ -m POST -b '{"id":{{counter}}}' --template -H 'Content-Type: application/json'

Each connection sends when it has a response: this finds throughput. Waiting of users is hidden by it; see nova load.
`

interface BenchArguments extends LoadArguments {
  duration: number
}

/** `nova bench`: closed loop. */
export const registerBench = (program: Command): void => {
  addWatchOptions(
    addLoadOptions(
      program
        .command('bench <url>')
        .description('Send as fast as the target answers (closed loop), and measure its throughput.')
        .addOption(durationOption('-d, --duration <time>', 'to measure', '10s'))
        .option('--slo <objective>', "verdict: 'p99<50ms,errors<0.1%'"),
    ),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (url: string, args: BenchArguments) => {
      const { runLoadCommand } = await import('../load-runs.ts')
      await runLoadCommand({ ...loadOptionsOf(url, args), durationMs: args.duration }, args)
    })
}
