import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'

/**
 * First line of what a program says about itself, or undefined when it is not installed.
 *
 * @param {string} command
 * @param {string[]} args
 */
const firstLine = (command, args) => {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(
      '\n',
    )[0]
  } catch {
    return undefined
  }
}

/** The server has a core of its own and so has the load; on one core, or without taskset, they compete. */
export const canPin = availableParallelism() > 1 && firstLine('taskset', ['--version']) !== undefined

/** Facts without which a figure means nothing. */
export const machineFacts = () => ({
  node: process.version,
  cc: firstLine('cc', ['--version']) ?? 'none',
  os: `${type()} ${release()} ${process.arch}`,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  load1: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  pinned: canPin,
})
