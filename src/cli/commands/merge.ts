import type { Command } from 'commander'
import { CliError } from '../cli-error.ts'

const EXAMPLES = `
Examples:
  $ nova merge part-1.json part-2.json part-3.json -o all.json
  $ nova merge run.json --html run.html        a report of one run that was measured before

The files are what \`nova load --part i/n --start-at TIME --json FILE\` wrote on each machine, with otherwise the same
options. Counters and histograms add up exactly; --slo, when it was given, is judged for the whole.
`

interface MergeArguments {
  output?: string
  html?: string
}

const run = async (names: string[], args: MergeArguments): Promise<void> => {
  const [{ asUsage, loadResultFile }, { judgeResult }, { mergeResults }, { report }, { requireWritable }] =
    await Promise.all([
      import('../result-files.ts'),
      import('../../load/judgement.ts'),
      import('../../load/merge-results.ts'),
      import('../load-runs.ts'),
      import('../output-files.ts'),
    ])
  const files = { json: args.output, html: args.html }
  requireWritable(files)
  const parts = names.map(loadResultFile)
  const holders = new Map<string, string>()
  parts.forEach((result, i) => {
    const name = names[i] as string
    for (const { index, count } of result.parts) {
      const part = `${index + 1} of ${count}`
      const other = holders.get(part)
      if (other !== undefined)
        throw new CliError('USAGE', `${other} and ${name} hold the same part, ${part}.`)
      holders.set(part, name)
    }
  })
  const result = asUsage(() => judgeResult(mergeResults(parts)))
  report(result, files)
}

/** `nova merge`: the files of several generators as one. */
export const registerMerge = (program: Command): void => {
  program
    .command('merge <files...>')
    .description('Make one result of those of several machines that drove one test.')
    .option('-o, --output <file>', 'write the whole result there')
    .option('--html <file>', 'write a report for people there')
    .addHelpText('after', EXAMPLES)
    .action(run)
}
