import { readFileSync } from 'node:fs'
import process from 'node:process'
import { DurationCounter, type Durations, wholeUs } from './durations.ts'
import type { LoadClock } from './load-clock.ts'

const TICK_MS = 20
const NS_PER_MS = 1_000_000
const US_PER_MS = 1_000

interface WithThreadCpu {
  threadCpuUsage?(): { user: number; system: number }
}

/** CPU ms of this thread alone, where the system tells; of the process otherwise. */
const threadCpuMs = (): number => {
  const { threadCpuUsage } = process as WithThreadCpu
  if (threadCpuUsage !== undefined) {
    const { user, system } = threadCpuUsage.call(process)
    return (user + system) / US_PER_MS
  }
  try {
    // Linux; Node before 23.9 has nothing of its own.
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / NS_PER_MS
  } catch {
    const { user, system } = process.cpuUsage()
    return (user + system) / US_PER_MS
  }
}

/** Ms in which this thread could have run and other programs had its core (Linux); null where nobody counts them. */
const coreWaitMs = (): number | null => {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[1]) / NS_PER_MS
  } catch {
    return null
  }
}

/** What a generator's thread used of its core, and how late its event loop ran. */
export interface SelfFigures {
  readonly loopDelay: Durations
  readonly cpuShare: number
  readonly cpuSeconds: number
  readonly coreWaitShare: number | null
}

/** Watches the thread it runs in, from `start` to `stop`. */
export class SelfWatch {
  readonly #clock: LoadClock
  readonly #idleMs: () => number
  readonly #delays = new DurationCounter()
  #startedAtMs = 0
  #cpuAtStartMs = 0
  #waitAtStartMs: number | null = null
  #idleAtStartMs = 0
  #cancel = (): void => {}

  /** @param idleMs time that was spent turning the event loop for nothing, which takes CPU and leaves it free. */
  constructor(clock: LoadClock, idleMs: () => number) {
    this.#clock = clock
    this.#idleMs = idleMs
  }

  start(): void {
    this.#startedAtMs = this.#clock.now()
    this.#cpuAtStartMs = threadCpuMs()
    this.#waitAtStartMs = coreWaitMs()
    this.#idleAtStartMs = this.#idleMs()
    this.#tick()
  }

  stop(): SelfFigures {
    this.#cancel()
    const cpuMs = threadCpuMs() - this.#cpuAtStartMs
    const busyMs = Math.max(0, cpuMs - (this.#idleMs() - this.#idleAtStartMs))
    const elapsedMs = Math.max(1, this.#clock.now() - this.#startedAtMs)
    const waitMs = coreWaitMs()
    const waitedMs = waitMs === null || this.#waitAtStartMs === null ? null : waitMs - this.#waitAtStartMs
    return {
      loopDelay: this.#delays.durations(),
      cpuShare: busyMs / elapsedMs,
      cpuSeconds: cpuMs / 1000,
      coreWaitShare: waitedMs === null ? null : waitedMs / elapsedMs,
    }
  }

  #tick(): void {
    const dueMs = this.#clock.now() + TICK_MS
    this.#cancel = this.#clock.after(TICK_MS, () => {
      this.#delays.record(wholeUs(this.#clock.now() - dueMs))
      this.#tick()
    })
  }
}
