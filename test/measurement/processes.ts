import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { LoadOptions, LoadResult } from '../../src/load.ts'

const BENCH = fileURLToPath(new URL('./bench.mjs', import.meta.url))

/** The command on one core, where there are several. */
export const pinned = (core: number, command: readonly string[]): readonly string[] =>
  availableParallelism() > 1 ? ['taskset', '-c', String(core), ...command] : command

/** Runs a command on core 1, as the model's server is on core 0, and returns what it prints. */
export const onLoadCore = async (command: readonly string[]): Promise<string> => {
  const [file = '', ...args] = pinned(1, command)
  return (await promisify(execFile)(file, args)).stdout
}

/** One test, by a generator that has a process and a heap for itself. */
export const bench = async (
  options: LoadOptions,
): Promise<Pick<LoadResult, 'ratePerSecond' | 'latency' | 'generator'>> =>
  JSON.parse(await onLoadCore([process.execPath, BENCH, JSON.stringify(options)]))
