import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished } from 'vitest'
import { isInstalled } from '../clients/commands.ts'

/** Without it the tests here are skipped, visibly. */
export const hasHAProxy = isInstalled('haproxy')

/** A port of loopback on which nobody listens. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** One line of `show stat`: a frontend, a server, or the sum of a backend. */
export type StatRow = Readonly<Record<string, string>>

/** An HAProxy in the foreground, for the running test. */
export class HAProxy {
  /** What it has logged. */
  log = ''
  readonly #child: ChildProcess
  readonly #socket: string

  private constructor(folder: string, config: string) {
    this.#socket = join(folder, 'admin.sock')
    const file = join(folder, 'haproxy.cfg')
    const admin = join(folder, 'admin.cfg')
    writeFileSync(file, config)
    writeFileSync(admin, `global\n    stats socket ${this.#socket} level admin\n`)
    this.#child = spawn('haproxy', ['-db', '-f', file, '-f', admin], { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.log += chunk
      })
    }
  }

  /** Resolves once it answers on its socket. */
  static async start(config: string): Promise<HAProxy> {
    const folder = mkdtempSync(join(tmpdir(), 'nova-haproxy-'))
    const proxy = new HAProxy(folder, config)
    onTestFinished(async () => {
      proxy.#child.kill('SIGKILL')
      if (proxy.#child.exitCode === null && proxy.#child.signalCode === null) await once(proxy.#child, 'exit')
      rmSync(folder, { recursive: true })
    })
    await expect
      .poll(
        () => {
          if (proxy.#child.exitCode !== null) throw new Error(`HAProxy has ended: ${proxy.log}`)
          return proxy.#command('show info').then(
            () => true,
            () => false,
          )
        },
        { timeout: 5_000, interval: 10 },
      )
      .toBe(true)
    return proxy
  }

  async stats(): Promise<StatRow[]> {
    const [head = '', ...lines] = (await this.#command('show stat')).replace(/^# /, '').trim().split('\n')
    const names = head.split(',')
    return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])))
  }

  async server(name: string): Promise<StatRow> {
    const row = (await this.stats()).find(({ svname }) => svname === name)
    if (row === undefined) throw new Error(`HAProxy knows no server ${name}.`)
    return row
  }

  async isUp(...names: string[]): Promise<void> {
    for (const name of names) {
      await expect
        .poll(async () => (await this.server(name))['status'], { timeout: 15_000, interval: 20 })
        .toBe('UP')
    }
  }

  async #command(line: string): Promise<string> {
    const socket = connect(this.#socket)
    socket.end(`${line}\n`)
    return text(socket)
  }
}
