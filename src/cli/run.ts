import { CommanderError } from 'commander'
import { CliError } from './cli-error.ts'
import { EXIT_CODES } from './exit-codes.ts'
import { buildProgram, type Register } from './program.ts'

/** Runs one command line. Returns the exit code; what has to be said about a failure is on stderr. */
export const runCli = async (argv: readonly string[], commands: readonly Register[]): Promise<number> => {
  try {
    await buildProgram(commands).parseAsync(argv)
    return EXIT_CODES.OK.code
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has said it already, help included.
      return error.exitCode === 0 ? EXIT_CODES.OK.code : EXIT_CODES.USAGE.code
    }
    if (error instanceof CliError) {
      process.stderr.write(`${error.message}\n`)
      return error.exitCode
    }
    console.error(error)
    return EXIT_CODES.FAILED.code
  }
}
