import { createRequire } from 'node:module'
import { Command } from 'commander'
import { EXIT_CODES } from './exit-codes.ts'

/** Adds one command. Each lives in commands/, and loads what it needs only when it runs: `nova --help` must be quick. */
export type Register = (program: Command) => void

const EXAMPLES = `
Examples:
  $ nova serve app.mjs                                     one engine on port 3000
  $ nova serve app.mjs --shards auto --port 8080           one engine per core
  $ nova bench http://127.0.0.1:3000/                      how many requests it answers
  $ nova load http://127.0.0.1:3000/ -r 2000               how long they wait at that rate
  $ nova capacity http://127.0.0.1:3000/ --slo 'p99<50ms'  the highest rate that keeps to it
  $ nova ab http://127.0.0.1:3000/ --a CMD --b CMD         whether server B is better or worse than A
  $ nova compare before.json after.json                    the same of two results
  $ nova merge part-*.json -o all.json                     the results of several machines as one
  $ nova COMMAND --help                                    everything a command takes
`

const exitCodesText = (): string =>
  Object.values(EXIT_CODES)
    .map(({ code, is }) => `  ${String(code).padStart(2)}  ${is}\n`)
    .join('')

const readVersion = (): string => {
  const { version } = createRequire(import.meta.url)('nova-http/package.json') as { version: string }
  return version
}

/** The whole command line; `parseAsync` runs it. Throws instead of ending the process. */
export const buildProgram = (commands: readonly Register[]): Command => {
  const program = new Command('nova')
    .description('Serve HTTP/1.1 on every core, and measure what it takes.')
    .version(readVersion())
    .addHelpText('after', `${EXAMPLES}\nExit codes:\n${exitCodesText()}`)
    .showHelpAfterError('Add --help to see what there is.')
    // Before the commands are made: they inherit it.
    .exitOverride()
  for (const register of commands) register(program)
  return program
}
