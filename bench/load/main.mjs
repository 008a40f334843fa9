/**
 * Requests per CPU second of load generators: closed loop, 64 connections, each with its own core, interleaved rounds.
 * Programs that are not installed are skipped. node bench/load/main.mjs [--rounds N] [--seconds S]
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { LOAD_CORE, pinned } from '../wire/processes.mjs'
import { serverCommands, startServer } from '../wire/programs.mjs'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const FOLDER = mkdtempSync(join(tmpdir(), 'nova-bench-load-'))
const FILE = join(FOLDER, 'result.json')
process.on('exit', () => rmSync(FOLDER, { recursive: true }))

const SHORT_SECONDS = 1
const CONNECTIONS = 64
/** nova's exit code when it was the limit, which it is meant to be here. */
const LIMITED = 11

/** @typedef {{ name: string, command: (url: string, seconds: number) => string[], requests: (output: string) => number }} Program */

/** @typedef {{ requests: number, cpuSeconds: number }} Figure */

/** @type {readonly Program[]} */
const PROGRAMS = [
  {
    name: 'nova bench',
    command: (url, seconds) =>
      [process.execPath, CLI, 'bench', url].concat([
        '-c',
        `${CONNECTIONS}`,
        '-d',
        `${seconds}s`,
        '--warm-up',
        '0s',
        '--json',
        FILE,
      ]),
    requests: () => JSON.parse(readFileSync(FILE, 'utf8')).requests.completedInWindow,
  },
  {
    name: 'wrk',
    command: (url, seconds) => ['wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}`, url],
    requests: (output) => Number(/(\d+) requests in/.exec(output)?.[1]),
  },
  {
    name: 'h2load',
    command: (url, seconds) => ['h2load', '--h1', '-t1', `-c${CONNECTIONS}`, `-D${seconds}`, url],
    requests: (output) => Number(/(\d+) succeeded/.exec(output)?.[1]),
  },
  {
    name: 'autocannon',
    command: (url, seconds) => ['autocannon', '-c', `${CONNECTIONS}`, '-d', `${seconds}`, '--json', url],
    requests: (output) => JSON.parse(output).requests.total,
  },
]

/**
 * One run; undefined where the program is missing.
 *
 * @param {Program} program
 * @param {string} url
 * @param {number} seconds
 */
const runOnce = (program, url, seconds) => {
  const command = pinned(program.command(url, seconds), LOAD_CORE)
  const script = 'TIMEFORMAT="CPU %U %S"; time "$@" 2>/dev/null'
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script, 'bash', ...command], {
    encoding: 'utf8',
  })
  if (status !== 0 && status !== LIMITED) return undefined
  const [, user, system] = /CPU ([\d.]+) ([\d.]+)/.exec(stderr) ?? []
  return { requests: program.requests(stdout), cpuSeconds: Number(user) + Number(system) }
}

/**
 * What a long run does more than a short one, so that nobody's start-up counts.
 *
 * @param {Program} program
 * @param {string} url
 * @param {number} seconds
 * @returns {Figure | undefined}
 */
const measure = (program, url, seconds) => {
  const short = runOnce(program, url, SHORT_SECONDS)
  const long = runOnce(program, url, SHORT_SECONDS + seconds)
  if (short === undefined || long === undefined) return undefined
  return { requests: long.requests - short.requests, cpuSeconds: long.cpuSeconds - short.cpuSeconds }
}

/** All rounds as one: on a busy machine a round may get so little of its core that it says nothing by itself. @param {readonly Figure[]} rounds */
const perCpuSecond = (rounds) => {
  const sum = (/** @type {keyof Figure} */ name) => rounds.reduce((total, round) => total + round[name], 0)
  return sum('requests') / sum('cpuSeconds')
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '3' } },
})

for (const name of ['c-loop', 'nova']) {
  const serverCommand = serverCommands()[name]
  if (serverCommand === undefined) continue
  const { server, port } = await startServer(serverCommand)
  /** @type {Record<string, Figure[]>} */
  const figures = {}
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const program of PROGRAMS) {
      const figure = measure(program, `http://127.0.0.1:${port}/`, Number(values.seconds))
      if (figure !== undefined) figures[program.name] = [...(figures[program.name] ?? []), figure]
    }
  }
  await server.stop()
  const ours = perCpuSecond(figures['nova bench'] ?? [])
  for (const [program, rounds] of Object.entries(figures)) {
    const all = rounds.map((round) => Math.round(perCpuSecond([round]))).sort((a, b) => a - b)
    const figure = perCpuSecond(rounds)
    console.log(
      `${name}: ${program.padEnd(10)} ${Math.round(figure)} requests per CPU second (${all[0]}..${all.at(-1)}); nova bench is ${(ours / figure).toFixed(2)} x`,
    )
  }
}
console.log(`load average ${loadavg().map((load) => load.toFixed(1))}`)
