import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, onTestFinished } from 'vitest'
import type { EngineStats } from '../../src/engine/server/engine-stats.ts'
import type { EngineOptions } from '../../src/options.ts'
import { RawClient } from '../clients/raw-client.ts'
import { type Measurement, ServerProcess } from '../clients/server-process.ts'

/** Options that cross the process boundary. */
export type PlainOptions = Omit<EngineOptions, 'onError'>

/** The built engine in a process of its own, under attack. Its routes are in server.mjs. */
export class HostileServer extends ServerProcess {
  readonly #child: ChildProcess

  constructor(child: ChildProcess, port: number) {
    super(child, port)
    this.#child = child
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Resident memory of the server's process, bytes. */
  get residentBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'latin1')
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024
  }

  /** What is there, garbage included: quicker than `measure()`. */
  look(): Promise<Measurement> {
    return this.#ask('look')
  }

  /** Looks again and again until `isReached`; a test that waits in vain ends by its own timeout. */
  async lookUntil(isReached: (now: EngineStats) => boolean): Promise<EngineStats> {
    for (;;) {
      const { stats } = await this.look()
      if (isReached(stats)) return stats
    }
  }

  /** Lets every handler go on that waits in /hold, those as well that follow, until none is at work. */
  async releaseAll(): Promise<void> {
    while ((await this.#ask('release')).stats.exchanges.live > 0);
  }

  /** Nobody is left, nothing is held for anybody, and whoever comes next is served. */
  async expectCalm(): Promise<Measurement> {
    const after = await this.measureUntil(
      ({ stats }) => stats.connections.open === 0 && stats.exchanges.live === 0,
    )
    expect(after.stats).toMatchObject({
      deadlines: 0,
      heads: { live: 0 },
      parked: { live: 0 },
      handlerErrors: 0,
    })
    const client = new RawClient(this.port)
    client.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(await client.answer()).toEqual({ status: 200, body: 'Hello, World!' })
    client.close()
    await this.lookUntil(({ connections }) => connections.open === 0)
    return after
  }

  async #ask(command: string): Promise<Measurement> {
    const answered = once(this.#child, 'message')
    this.#child.send(command)
    const [measurement] = await answered
    return measurement as Measurement
  }
}

const taskset = (...args: readonly unknown[]): boolean => spawnSync('taskset', args.map(String)).status === 0

/** Moves a process with all its threads to one core. False where that cannot be done. */
export const pin = (pid: number | undefined, core: 0 | 1): boolean =>
  taskset('--all-tasks', '--cpu-list', '--pid', core, pid)

/** Moves the thread that runs a process's JavaScript to one core, and leaves its others where they are. */
export const pinMainThread = (pid: number | undefined, core: 0 | 1): boolean =>
  taskset('--cpu-list', '--pid', core, pid)

/** Starts a program of this folder for the running test, which gets `args` and tells when it is ready. */
export const startProgram = async (
  file: string,
  args: readonly string[],
  nodeFlags: readonly string[] = [],
): Promise<{ child: ChildProcess; ready: unknown }> => {
  const child = fork(new URL(file, import.meta.url), args, {
    execArgv: ['--expose-gc', ...nodeFlags],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  })
  const [ready] = await once(child, 'message')
  return { child, ready }
}

export const startHostileServer = async (
  options: PlainOptions = {},
  nodeFlags: readonly string[] = [],
): Promise<HostileServer> => {
  const { child, ready } = await startProgram('server.mjs', [JSON.stringify(options)], nodeFlags)
  return new HostileServer(child, (ready as { port: number }).port)
}

/**
 * Lets a process's JavaScript run as soon as it can, before whatever else is on its core, for the running test. False
 * where that cannot be done.
 */
export const prefer = (pid: number): boolean => {
  const chrt = (...args: readonly unknown[]): boolean => spawnSync('chrt', args.map(String)).status === 0
  onTestFinished(() => {
    chrt('--other', '--pid', 0, pid)
  })
  // Its children stay ordinary.
  return chrt('--reset-on-fork', '--fifo', '--pid', 1, pid)
}
