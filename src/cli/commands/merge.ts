import type { Command } from 'commander'
import { CliError } from '../cli-error.ts'

const EXAMPLES = `
Examples:
  $ nova merge part-1.json part-2.json part-3.json -o all.json
  $ nova merge run.json --html run.html        a report of one run that was measured before

The files are what \`nova load --part i/n --json FILE\` wrote on each machine.
`

interface MergeArguments {
  output?: string
  html?: string
}

const run = async (names: string[], args: MergeArguments): Promise<void> => {
  const [{ asUsage, loadResultFile }, { judgeResult }, { mergeResults }, { report }] = await Promise.all([
    import('../result-files.ts'),
    import('../../load/judgement.ts'),
    import('../../load/merge-results.ts'),
    import('../load-runs.ts'),
  ])
  const parts = names.map(loadResultFile)
  const seen = new Map<string, string>()
  parts.forEach((part, i) => {
    const [name, text] = [names[i] as string, JSON.stringify(part)]
    const twin = seen.get(text)
    if (twin !== undefined) throw new CliError('USAGE', `${twin} and ${name} are the same result.`)
    seen.set(text, name)
  })
  const result = asUsage(() => judgeResult(mergeResults(parts)))
  report(result, { json: args.output, csv: undefined, html: args.html })
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
