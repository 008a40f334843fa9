import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { canPin } from './machine.mjs'

/** Servers run here. */
export const SERVER_CORE = 0
/** Generators run here. */
export const LOAD_CORE = 1

/** @type {Set<LineProcess>} */
const running = new Set()
/** Ends what a failure has left behind. */
export const killRunning = () => {
  for (const each of running) each.kill()
  running.clear()
}
process.on('exit', killRunning)

/**
 * The command that runs `command` on one core, or the same command where that cannot be asked for, or `core` is null.
 *
 * @param {readonly string[]} command
 * @param {number | null} core
 */
export const pinned = (command, core) =>
  canPin && core !== null ? ['taskset', '-c', String(core), ...command] : [...command]

/** As many open files as the system lets us have: one for each of 10,000 connections. */
const WITH_ALL_FILES = ['sh', '-c', 'ulimit -n "$(ulimit -Hn)" 2>/dev/null; exec "$@"', 'sh']

/** A child process that is asked by lines on stdin and answers in lines of JSON on stdout. */
export class LineProcess {
  /**
   * @param {readonly string[]} command
   * @param {number | null} core Null: any.
   */
  constructor(command, core) {
    const [file = '', ...args] = [...WITH_ALL_FILES, ...pinned(command, core)]
    this.name = command.find((part) => part !== process.execPath && !part.startsWith('--')) ?? file
    this.child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    // A child that died is reported by the missing answer; the broken pipe says nothing more.
    this.child.stdin.on('error', () => {})
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
    running.add(this)
  }

  /**
   * The next answer. Throws when the process ended instead.
   *
   * @returns {Promise<any>}
   */
  async answer() {
    const { value, done } = await this.lines.next()
    if (done) throw new Error(`${this.name} ended without an answer; what it said is above`)
    return JSON.parse(value)
  }

  /** @param {string} line */
  async ask(line) {
    this.child.stdin.write(`${line}\n`)
    return this.answer()
  }

  /** Ends its stdin, which every one of them takes as the end, and waits for the exit. */
  async stop() {
    const exited = this.child.exitCode === null && new Promise((resolve) => this.child.once('exit', resolve))
    this.child.stdin.end()
    await exited
    running.delete(this)
  }

  kill() {
    this.child.kill('SIGKILL')
  }
}
