import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { parse } from 'csv-parse/sync'
import { LOAD_NUMBERS, type LoadNumber, type LoadOptions } from '../load/load-options.ts'
import { parseTargets } from '../load/request/targets-file.ts'
import { CliError } from './cli-error.ts'
import { durationMs, integer } from './values.ts'

/** Parses a number above 0. */
export const positive = (text: string): number => {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('It must be a number above 0.')
}

/** Parses a whole number in the range of this option of a load test. */
export const loadNumber = (name: LoadNumber): ((text: string) => number) => {
  const { unit, min, max } = LOAD_NUMBERS[name]
  return integer(unit, min, max)
}

const header = (text: string, all: Record<string, string> = {}): Record<string, string> => {
  const colon = text.indexOf(':')
  if (colon < 1) throw new InvalidArgumentError("It must be 'Name: value'.")
  return { ...all, [text.slice(0, colon).trim()]: text.slice(colon + 1).trim() }
}

const statuses = (text: string): number[] => text.split(',').map(Number)

/** What of a request and its connections every kind of load test takes from the command line. */
export interface LoadArguments {
  method?: string
  header?: Record<string, string>
  body?: string
  bodyFile?: string
  template?: boolean
  rows?: string
  targets?: string
  connections?: number
  pipeline?: number
  requestsPerConnection?: number
  workers?: number
  seed?: number
  warmUp?: number
  ramp?: number
  timeout?: number
  expectStatus?: number[]
  expectBody?: string
  insecure?: boolean
  serverMetrics?: string
  pid?: number
  slo?: string
  json?: string
  csv?: string
  html?: string
}

const withDefault = (text: string, name: LoadNumber): string =>
  `${text} (default: ${LOAD_NUMBERS[name].default})`

/** Adds the options of LoadArguments. */
export const addLoadOptions = (command: Command): Command =>
  command
    .option('-m, --method <method>', 'request method (default: GET)')
    .option('-H, --header <header>', "'Name: value'; may be repeated", header)
    .option('-b, --body <text>', 'request body')
    .option('--body-file <file>', 'request body from a file')
    .option('--targets <file>', 'several kinds of requests: lines of METHOD PATH [WEIGHT], or a JSON array')
    .option('--template', 'replace {{counter}}, {{random MIN MAX}}, {{uuid}}, {{row.COLUMN}} in requests')
    .option('--rows <file>', 'CSV file with a header line, for {{row.COLUMN}}')
    .option(
      '-c, --connections <n>',
      withDefault('connections kept open', 'connections'),
      loadNumber('connections'),
    )
    .option(
      '-p, --pipeline <n>',
      withDefault('requests in flight on each', 'pipeline'),
      loadNumber('pipeline'),
    )
    .option(
      '--requests-per-connection <n>',
      'then a new one is opened (default: no limit)',
      loadNumber('requestsPerConnection'),
    )
    .option('-w, --workers <n>', withDefault('threads that send', 'workers'), loadNumber('workers'))
    .option('--seed <n>', withDefault('of everything random', 'seed'), loadNumber('seed'))
    .option('--warm-up <time>', 'before anything is measured', durationMs)
    .option('--ramp <time>', 'over which connections are opened (default: at once)', durationMs)
    .option('--timeout <time>', 'for a response', durationMs)
    .option('--expect-status <list>', 'statuses that are right, 200,404 (default: below 400)', statuses)
    .option('--expect-body <text>', 'the body that is right')
    .option('-k, --insecure', 'do not check the certificate')
    .option('--json <file>', 'write the whole result there')
    .option('--csv <file>', 'write figures over time (or trials) there')
    .option('--html <file>', 'write a report for people there')

/** Adds what watches the server during a test. */
export const addWatchOptions = (command: Command): Command =>
  command
    .option('--server-metrics <url>', 'say what of the latency is whose, from the metrics of this engine')
    .option(
      '--pid <pid>',
      'watch CPU and memory of this process (Linux)',
      integer('a process', 1, 2 ** 31 - 1),
    )

const readFile = (name: string): string => {
  try {
    return readFileSync(name, 'utf8')
  } catch (cause) {
    throw new CliError('USAGE', `The file ${name} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

const readRows = (name: string): Record<string, string>[] => {
  try {
    return parse(readFile(name), { columns: true, skip_empty_lines: true, trim: true })
  } catch (cause) {
    if (cause instanceof CliError) throw cause
    throw new CliError('USAGE', `The file ${name} is no CSV: ${(cause as Error).message}`, { cause })
  }
}

const defined = <T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never

/** The options of a load test that these arguments ask for; reads the files they name. */
export const loadOptionsOf = (url: string, args: LoadArguments): LoadOptions => ({
  url,
  ...defined({
    method: args.method,
    headers: args.header,
    body: args.bodyFile === undefined ? args.body : readFile(args.bodyFile),
    template: args.template,
    rows: args.rows === undefined ? undefined : readRows(args.rows),
    requests: args.targets === undefined ? undefined : parseTargets(readFile(args.targets)),
    connections: args.connections,
    pipeline: args.pipeline,
    requestsPerConnection: args.requestsPerConnection,
    workers: args.workers,
    seed: args.seed,
    warmUpMs: args.warmUp,
    rampMs: args.ramp,
    timeoutMs: args.timeout,
    expectStatus: args.expectStatus,
    expectBody: args.expectBody,
    insecure: args.insecure,
    slo: args.slo,
    serverMetrics: args.serverMetrics,
    pid: args.pid,
  }),
})
