import { readFileSync } from 'node:fs'
import { NovaError } from '../../errors.ts'

/** What a process used during a test. */
export interface ProcessFigures {
  /** CPU time over wall time, all threads: 2 is two whole cores. */
  readonly cpuShare: number
  /** Resident size at the end of the window. */
  readonly rssBytes: number
}

/** Linux: USER_HZ and, on the platforms Node runs on, the size of a page. */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4_096
/** In /proc/PID/stat, counted behind the name, which ends in the last parenthesis. */
const USER_TICKS = 11
const SYSTEM_TICKS = 12
const RSS_PAGES = 21

interface Reading {
  readonly cpuMs: number
  readonly rssBytes: number
}

/** Watches another process of this machine. Linux only. */
export class ProcessWatch {
  readonly #file: string
  #before: Reading
  #beganAtMs = performance.now()

  /** Throws OPTION_INVALID when there is no such process, or no /proc to read it from. */
  constructor(pid: number) {
    this.#file = `/proc/${pid}/stat`
    const reading = this.#read()
    if (reading === null)
      throw new NovaError(
        'OPTION_INVALID',
        `Option pid: process ${pid} cannot be read from ${this.#file} (Linux only).`,
      )
    this.#before = reading
  }

  /** The window begins. */
  start(): void {
    this.#before = this.#read() ?? this.#before
    this.#beganAtMs = performance.now()
  }

  /** What was used since `start`; null when the process is gone. */
  stop(): ProcessFigures | null {
    const after = this.#read()
    if (after === null) return null
    const elapsedMs = Math.max(1, performance.now() - this.#beganAtMs)
    return { cpuShare: (after.cpuMs - this.#before.cpuMs) / elapsedMs, rssBytes: after.rssBytes }
  }

  #read(): Reading | null {
    try {
      const text = readFileSync(this.#file, 'latin1')
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
      const ticks = Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])
      return { cpuMs: (ticks * 1000) / TICKS_PER_SECOND, rssBytes: Number(fields[RSS_PAGES]) * PAGE_BYTES }
    } catch {
      return null
    }
  }
}
