import { type Command, InvalidArgumentError } from 'commander'
import type { CompareOptions } from '../load/comparison/compare.ts'

/** What every comparison takes from the command line. */
export interface ComparisonArguments {
  confidence: number
  threshold: number
}

const share =
  (min: number, max: number) =>
  (text: string): number => {
    const value = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text)
    if (text.trim() !== '' && value >= min && value <= max) return value
    throw new InvalidArgumentError(`It must be a share from ${min} to ${max}, or in per cent.`)
  }

/** Adds the options of ComparisonArguments. */
export const addComparisonOptions = (command: Command): Command =>
  command
    .option('--confidence <share>', 'of all intervals together', share(0.5, 0.999), 0.95)
    .option('--threshold <share>', 'smaller changes are no difference', share(0, 1), 0.01)

export const compareOptionsOf = ({ confidence, threshold }: ComparisonArguments): CompareOptions => ({
  confidence,
  threshold,
})
