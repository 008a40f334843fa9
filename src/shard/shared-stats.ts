import type { EngineStats } from '../engine/server/engine-stats.ts'
import { CLOSE_REASONS, TIMEOUT_KINDS } from '../engine/stats/counters.ts'
import { BUCKETS } from '../engine/stats/histogram.ts'
import { REFUSALS } from '../errors.ts'

/** What a shard counts: the numbers of `engine.stats()`. */
export type ShardStats = Omit<EngineStats, 'parser'>

type Path = readonly string[]

const under = (prefix: Path, names: readonly string[]): Path[] => names.map((name) => [...prefix, name])

const histogram = (name: string): Path[] => [
  ...under(['durations', name], ['count', 'sumMs']),
  ...under(['durations', name, 'buckets'], BUCKETS),
]

const POOL = ['live', 'peak', 'idle']

/** One place in the memory for each number. A test compares it with what an engine counts. */
const PATHS: readonly Path[] = [
  ...under(['connections'], ['open', 'arriving', 'idle', 'accepted']),
  ...under(['connections', 'closed'], CLOSE_REASONS),
  ...under([], ['requests', 'handshakes', 'handlerErrors', 'aborted', 'deadlines', 'eventLoopDelayMs']),
  ...under(['responses'], ['1xx', '2xx', '3xx', '4xx', '5xx']),
  ...under(['bytes'], ['read', 'written']),
  ...under(['refused'], Object.keys(REFUSALS)),
  ...under(['timeouts'], TIMEOUT_KINDS),
  ...under(['exchanges'], POOL),
  ...under(['heads'], ['live', 'peak', 'idleBytes']),
  ...under(['parked'], POOL),
  ...['request', 'handler', 'writeStall', 'eventLoopDelay'].flatMap(histogram),
]

const NAMES = PATHS.map((path) => path.join('.'))

/** What is true of a moment, and over with the thread. */
const MOMENTARY = new Set(
  NAMES.filter(
    (name) => /\.(open|arriving|idle|live|peak|idleBytes)$/.test(name) || /^(deadlines|eventLoop)/.test(name),
  ),
)

type Tree = { [name: string]: number | Tree }

const read = (stats: Tree, path: Path): number => {
  let at: number | Tree | undefined = stats
  for (const name of path) at = (at as Tree)[name] ?? 0
  return at as number
}

/** In front of the numbers, as 32-bit integers. */
const BEAT = 0
const IS_MEASURED = 1
const FLAGS = 2

/**
 * The figures of one shard in memory that its thread writes and the main thread reads: no message, no waiting. A number
 * is eight aligned bytes, which 64-bit machines write whole.
 */
export class SharedStats {
  readonly memory: SharedArrayBuffer
  readonly #flags: Int32Array
  readonly #numbers: Float64Array

  /** Without `memory`, makes some. */
  constructor(memory = new SharedArrayBuffer(FLAGS * 4 + NAMES.length * 8)) {
    this.memory = memory
    this.#flags = new Int32Array(memory, 0, FLAGS)
    this.#numbers = new Float64Array(memory, FLAGS * 4)
  }

  /** The shard's thread: its event loop turns, and this is what it has counted. */
  write(stats: ShardStats): void {
    PATHS.forEach((path, i) => {
      this.#numbers[i] = read(stats as unknown as Tree, path)
    })
    Atomics.add(this.#flags, BEAT, 1)
  }

  /** Differs from the last time when the event loop has turned since. */
  get beat(): number {
    return Atomics.load(this.#flags, BEAT)
  }

  /** Somebody asks for durations, which the thread does not measure before. */
  get isMeasured(): boolean {
    return Atomics.load(this.#flags, IS_MEASURED) !== 0
  }

  /** The main thread: from now on, durations are asked for. */
  measure(): void {
    Atomics.store(this.#flags, IS_MEASURED, 1)
  }

  /** A copy of the numbers, for `Totals` and `toStats`. */
  read(): Float64Array {
    return Float64Array.from(this.#numbers)
  }
}

/** Sums the figures of several threads; the delay of event loops is the largest. */
export class Totals {
  readonly numbers = new Float64Array(NAMES.length)

  /** A thread that serves. */
  add(numbers: Float64Array): void {
    NAMES.forEach((name, i) => {
      const [total, value] = [this.numbers[i] as number, numbers[i] as number]
      this.numbers[i] = name === 'eventLoopDelayMs' ? Math.max(total, value) : total + value
    })
  }

  /** A thread that is gone: what it had open is closed. */
  addEnded(numbers: Float64Array): void {
    this.add(numbers.map((value, i) => (MOMENTARY.has(NAMES[i] as string) ? 0 : value)))
  }
}

/** Numbers as `engine.stats()` arranges them. */
export const toStats = (numbers: Float64Array): ShardStats => {
  const stats: Tree = { refused: {} }
  PATHS.forEach((path, i) => {
    const value = numbers[i] as number
    if (path[0] === 'refused' && value === 0) return
    let at = stats
    for (const name of path.slice(0, -1)) {
      at[name] ??= {}
      at = at[name] as Tree
    }
    at[path.at(-1) as string] = value
  })
  return stats as unknown as ShardStats
}
