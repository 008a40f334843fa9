import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import type { EngineStats } from '../../src/engine/server/engine-stats.ts'

export interface Measurement {
  stats: EngineStats
  /** V8 heap in use after garbage collection, bytes. */
  heapBytes: number
  /** Memory of buffers outside of the heap, bytes. */
  externalBytes: number
  /** Open file descriptors. */
  descriptors: number
}

/** The built engine in a process of its own, for the running test. Its routes are in server-process.mjs. */
export class ServerProcess {
  readonly port: number
  readonly #child: ChildProcess

  constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  /** Collects garbage and tells what is left. */
  async measure(): Promise<Measurement> {
    const answered = once(this.#child, 'message')
    this.#child.send('measure')
    const [measurement] = await answered
    return measurement as Measurement
  }

  /** Measures again and again until `isReached`; a test that waits in vain ends by its own timeout. */
  async measureUntil(isReached: (now: Measurement) => boolean): Promise<Measurement> {
    for (;;) {
      const now = await this.measure()
      if (isReached(now)) return now
    }
  }

  /** Measures once nobody is connected any more. */
  measureAtRest(): Promise<Measurement> {
    return this.measureUntil(({ stats }) => stats.connections.open === 0)
  }
}

export const startServerProcess = async (): Promise<ServerProcess> => {
  const child = fork(new URL('server-process.mjs', import.meta.url), {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  onTestFinished(async () => {
    if (child.exitCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  })
  const [{ port }] = await once(child, 'message')
  return new ServerProcess(child, port)
}
