import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { CliError } from './cli-error.ts'
import { groupCpuUs } from './process-group.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

const POLL_MS = 25
const CONNECT_TIMEOUT_MS = 1_000
/** Until a server that was told to end is killed. */
const STOP_TIMEOUT_MS = 5_000
const KEPT_STDERR = 2_000

/** Whether somebody accepts connections there. */
export const isListening = ({ host, port }: Address): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS })
    const end = (is: boolean) => (): void => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
  })

/** A server that a shell command runs, in a process group of its own: all that it starts ends with it. */
export class ServerCommand {
  readonly #command: string
  readonly #address: Address
  readonly #process: ChildProcess
  #stderr = ''
  #hasEnded = false

  private constructor(command: string, address: Address) {
    this.#command = command
    this.#address = address
    this.#process = spawn(command, { shell: true, detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR)
    })
    const onEnd = (): void => {
      this.#hasEnded = true
    }
    this.#process.once('exit', onEnd).once('error', onEnd)
  }

  /**
   * Starts the server and resolves when it accepts connections. Rejects with TARGET_DOWN when it ends before, does not
   * accept within `timeoutMs`, or somebody else listens there: a stranger would be measured in its place.
   */
  static async start(
    command: string,
    address: Address,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<ServerCommand> {
    const { host, port } = address
    if (await isListening(address))
      throw new CliError(
        'TARGET_DOWN',
        `Something listens on ${host}:${port} before '${command}' is started.`,
      )
    const server = new ServerCommand(command, address)
    try {
      await server.#untilReady(performance.now() + timeoutMs, signal)
      return server
    } catch (error) {
      await server.stop()
      throw error
    }
  }

  /** CPU time that it and all its processes have used, us; null where that cannot be read (Linux only). */
  cpuUs(): number | null {
    return this.#process.pid === undefined ? null : groupCpuUs(this.#process.pid)
  }

  /** Ends it, by force if need be, and waits until its port is free. */
  async stop(): Promise<void> {
    this.#kill('SIGTERM')
    if (!this.#hasEnded) {
      const timeout = new AbortController()
      await Promise.race([
        once(this.#process, 'exit'),
        setTimeout(STOP_TIMEOUT_MS, undefined, { signal: timeout.signal }).catch(() => {}),
      ])
      timeout.abort()
    }
    // What it has started may have outlived it.
    this.#kill('SIGKILL')
    const deadline = performance.now() + STOP_TIMEOUT_MS
    while (performance.now() < deadline && (await isListening(this.#address))) await setTimeout(POLL_MS)
  }

  #kill(signal: NodeJS.Signals): void {
    try {
      if (this.#process.pid !== undefined) process.kill(-this.#process.pid, signal)
    } catch {
      // The whole group has ended.
    }
  }

  async #untilReady(deadlineMs: number, signal: AbortSignal): Promise<void> {
    const { host, port } = this.#address
    for (;;) {
      if (await isListening(this.#address)) return
      const stderr = this.#stderr === '' ? '' : `\n${this.#stderr.trimEnd()}`
      if (this.#hasEnded)
        throw new CliError(
          'TARGET_DOWN',
          `'${this.#command}' ended without listening on ${host}:${port}.${stderr}`,
        )
      if (signal.aborted) throw new CliError('FAILED', 'Interrupted.')
      if (performance.now() > deadlineMs)
        throw new CliError('TARGET_DOWN', `'${this.#command}' does not listen on ${host}:${port}.${stderr}`)
      await setTimeout(POLL_MS)
    }
  }
}
