import { type ChildProcess, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { CliError } from './cli-error.ts'
import { groupCpuUs, isGroupAlive } from './process-group.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

const POLL_MS = 25
/** While it is measured: each look is a connection. */
const SILENCE_POLL_MS = 500
const CONNECT_TIMEOUT_MS = 1_000
/** Until a server that was told to end is killed. */
const STOP_TIMEOUT_MS = 3_000
/**
 * Runs the command and, beside it, who ends the whole group when the pipe at 3 is closed: we may be killed in a way that
 * leaves no time for it.
 */
const GUARDED = '(cat <&3; kill -s KILL -- "-$$") >/dev/null 2>&1 & exec 3<&-; eval "$0"'
/** Of what it says, for errors. */
const KEPT_OUTPUT = 2_000

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

/**
 * A server that a shell command runs, in a process group of its own: all that it starts ends with it, and Ctrl-C reaches
 * only the one who measures. Its environment has PORT.
 */
export class ServerCommand {
  /** Aborted when the server ends by itself. */
  readonly ended: AbortSignal
  readonly #command: string
  readonly #address: Address
  readonly #process: ChildProcess
  readonly #abort = new AbortController()
  #output = ''
  #exit: string | null = null
  #isStopped = false

  private constructor(command: string, address: Address) {
    this.#command = command
    this.#address = address
    this.#process = spawn('/bin/sh', ['-c', GUARDED, command], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, PORT: String(address.port) },
    })
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-KEPT_OUTPUT)
      })
    }
    this.ended = this.#abort.signal
    const onEnd = (how: string): void => {
      this.#exit ??= how
      void this.#untilSilent()
    }
    this.#process
      .once('exit', (code, signal) => onEnd(signal ?? `exit code ${code}`))
      .once('error', ({ message }) => onEnd(message))
    process.once('exit', this.#kill)
  }

  /**
   * Starts the server and resolves when it accepts connections; with null after an abort of `signal`. Rejects with
   * TARGET_DOWN when it ends before, does not accept within `timeoutMs`, or somebody else listens there: a stranger would
   * be measured in its place.
   */
  static async start(
    command: string,
    address: Address,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<ServerCommand | null> {
    const { host, port } = address
    if (await isListening(address))
      throw new CliError(
        'TARGET_DOWN',
        `Something listens on ${host}:${port} before '${command}' is started: end it, or take another port.`,
      )
    const server = new ServerCommand(command, address)
    try {
      await server.#untilReady(timeoutMs, signal)
    } catch (error) {
      await server.stop()
      throw error
    }
    if (!signal.aborted) return server
    await server.stop()
    return null
  }

  /** CPU time that it and all its processes have used, us; null where that cannot be read (Linux only). */
  cpuUs(): number | null {
    return this.#process.pid === undefined ? null : groupCpuUs(this.#process.pid)
  }

  /** Rejects with TARGET_DOWN when it no longer accepts connections. */
  async requireListening(): Promise<void> {
    if (!(await isListening(this.#address)))
      throw this.#down(
        this.#exit === null ? 'stopped listening while it was measured' : 'ended while it was measured',
      )
  }

  /** Ends it, by force if need be, and waits until its port is free. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#signal('SIGTERM')
    const { pid } = this.#process
    const killAtMs = performance.now() + STOP_TIMEOUT_MS
    while (pid !== undefined && isGroupAlive(pid) && performance.now() < killAtMs) await setTimeout(POLL_MS)
    this.#kill()
    process.off('exit', this.#kill)
    // A process that has left the group would hold them, and us.
    for (const stream of this.#process.stdio) stream?.destroy()
    const deadlineMs = performance.now() + STOP_TIMEOUT_MS
    while (performance.now() < deadlineMs && (await isListening(this.#address))) await setTimeout(POLL_MS)
  }

  readonly #kill = (): void => this.#signal('SIGKILL')

  #signal(name: NodeJS.Signals): void {
    try {
      if (this.#process.pid !== undefined) process.kill(-this.#process.pid, name)
    } catch {
      // The whole group has ended.
    }
  }

  #down(what: string): CliError {
    const exit = this.#exit === null ? '' : ` (${this.#exit})`
    const output = this.#output.trim() === '' ? '' : ` It said:\n${this.#output.trim()}`
    return new CliError('TARGET_DOWN', `'${this.#command}' ${what}${exit}.${output}`)
  }

  /** A shell may end and leave the server behind: it has ended when nobody listens. */
  async #untilSilent(): Promise<void> {
    while (!this.#isStopped && (await isListening(this.#address))) await setTimeout(SILENCE_POLL_MS)
    this.#abort.abort()
  }

  async #untilReady(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const { host, port } = this.#address
    const deadlineMs = performance.now() + timeoutMs
    while (!signal.aborted && !(await isListening(this.#address))) {
      if (this.ended.aborted) throw this.#down(`ended without listening on ${host}:${port}`)
      if (performance.now() > deadlineMs)
        throw this.#down(`does not listen on ${host}:${port} after ${timeoutMs / 1000} s`)
      await setTimeout(POLL_MS)
    }
  }
}
