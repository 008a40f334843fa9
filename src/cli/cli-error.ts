import { EXIT_CODES, type ExitName } from './exit-codes.ts'

/** Ends the command: its message is the one line that is printed, its name picks the exit code. */
export class CliError extends Error {
  readonly exitCode: number

  constructor(exit: ExitName, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = EXIT_CODES[exit].code
  }
}
