import type { Comparison } from '../load/comparison/comparison.ts'
import { comparisonText } from '../report/comparison-text.ts'
import { comparisonCsv } from '../report/csv.ts'
import { comparisonHtml } from '../report/html/comparison-html.ts'
import { resultJson } from '../report/json.ts'
import { CliError } from './cli-error.ts'
import { type OutputFiles, writeFiles } from './output-files.ts'

/** Prints what was found, writes the files that were asked for, and ends the command by the verdict. */
export const concludeComparison = (comparison: Comparison, files: OutputFiles): void => {
  process.stdout.write(comparisonText(comparison))
  writeFiles(files, {
    json: () => resultJson(comparison),
    csv: () => comparisonCsv(comparison),
    html: () => comparisonHtml(comparison),
  })
  if (comparison.verdict === null)
    throw new CliError('GENERATOR_LIMITED', 'The generator was the limit: try --workers, or a lower rate.')
  if (comparison.verdict === 'worse') throw new CliError('WORSE', 'B is worse than A.')
}
