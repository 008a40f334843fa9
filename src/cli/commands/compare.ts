import type { Command } from 'commander'
import { addComparisonOptions, type ComparisonArguments, compareOptionsOf } from '../comparison-arguments.ts'

const EXAMPLES = `
Examples:
  $ nova compare before.json after.json
  $ nova compare before.json after.json --threshold 0.05 --html change.html

The files are what --json of nova load or nova bench wrote. Two single runs differ by more than their services do:
nova ab, which runs both in turn, is the better judge.
Exit code 13: B is worse.
`

interface CompareArguments extends ComparisonArguments {
  json?: string
  csv?: string
  html?: string
}

/** `nova compare`: one run against another. */
export const registerCompare = (program: Command): void => {
  addComparisonOptions(
    program
      .command('compare <A.json> <B.json>')
      .description('Say whether the second of two results is better or worse than the first.')
      .option('--json <file>', 'write the comparison there')
      .option('--csv <file>', 'write its figures there')
      .option('--html <file>', 'write a report for people there'),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (a: string, b: string, args: CompareArguments) => {
      const [{ asUsage, loadResultFile }, { compareRuns }, { concludeComparison }, { requireWritable }] =
        await Promise.all([
          import('../result-files.ts'),
          import('../../load/comparison/compare.ts'),
          import('../comparison-runs.ts'),
          import('../output-files.ts'),
        ])
      requireWritable(args)
      const results = [loadResultFile(a), loadResultFile(b)] as const
      const comparison = asUsage(() => compareRuns(...results, { ...compareOptionsOf(args), names: [a, b] }))
      concludeComparison(comparison, args)
    })
}
