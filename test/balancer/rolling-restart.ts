import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'
import { ROOT } from '../package/packed.ts'
import { Program } from '../package/program.ts'
import { type ClientReport, Clients } from './clients.ts'
import { argumentsOnPage, edited, fileOnPage } from './deployment-page.ts'
import { freePort, HAProxy, type StatRow } from './haproxy.ts'

const SERVERS = ['app1', 'app2'] as const
type ServerName = (typeof SERVERS)[number]

export interface RollingOptions {
  /** What differs from the page: its clocks, shortened. */
  readonly config?: Readonly<Record<string, string>>
  /** Of `nova serve`, after those of the page. */
  readonly args?: readonly string[]
  /** At least so many requests, and at least one restart of each server. */
  readonly requests: number
  /** Every so many clients pause between two requests. */
  readonly pausing: number
}

export interface RollingReport {
  readonly clients: ClientReport
  /** Every path that a handler has answered, as often as it has. */
  readonly handled: string[]
  readonly restarts: number
  /** HAProxy's figures for each server. */
  readonly servers: StatRow[]
  /** What HAProxy has logged about requests. */
  readonly failed: string[]
  /** What the servers said about their drains. */
  readonly drains: string[]
}

class Backends {
  readonly drains: string[] = []
  readonly #ports: Readonly<Record<ServerName, number>>
  readonly #args: readonly string[]
  readonly #folder = mkdtempSync(join(tmpdir(), 'nova-rolling-'))
  readonly #running = new Map<ServerName, Program>()

  constructor(ports: Readonly<Record<ServerName, number>>, args: readonly string[]) {
    this.#ports = ports
    this.#args = args
    writeFileSync(join(this.#folder, 'app.mjs'), fileOnPage('app.mjs'))
    writeFileSync(this.#log, '')
    onTestFinished(() => rmSync(this.#folder, { recursive: true }))
  }

  get #log(): string {
    return join(this.#folder, 'handled')
  }

  get handled(): string[] {
    return readFileSync(this.#log, 'utf8').split('\n').slice(0, -1)
  }

  /** Resolves when it listens. */
  async start(name: ServerName): Promise<void> {
    const app = new URL('apps/counting.mjs', import.meta.url).pathname
    const onPage = argumentsOnPage().map(
      (arg) => ({ 'app.mjs': app, 3000: String(this.#ports[name]) })[arg] ?? arg,
    )
    const env = { APP: pathToFileURL(join(this.#folder, 'app.mjs')).href, HANDLED: this.#log }
    const nova = new Program(join(ROOT, 'dist/cli.js'), env, [
      ...onPage,
      '--host',
      '127.0.0.1',
      ...this.#args,
    ])
    this.#running.set(name, nova)
    await nova.line()
  }

  /** SIGTERM, and whatever it takes until it is gone. */
  async stop(name: ServerName): Promise<void> {
    const nova = this.#running.get(name)
    nova?.signal('SIGTERM')
    const code = await nova?.exitCode
    await nova?.line()
    this.drains.push(`${name}: ${await nova?.line()} exit code ${code}${nova?.errors}`)
  }
}

/** Restarts two servers behind HAProxy, one after the other and again, under load. */
export const rollingRestart = async (options: RollingOptions): Promise<RollingReport> => {
  const [front, app1, app2] = [await freePort(), await freePort(), await freePort()]
  const backends = new Backends({ app1, app2 }, options.args ?? [])
  await Promise.all(SERVERS.map((name) => backends.start(name)))
  const config = edited(fileOnPage('haproxy.cfg'), {
    'bind :80': `bind 127.0.0.1:${front}`,
    '10.0.0.11:3000': `127.0.0.1:${app1}`,
    '10.0.0.12:3000': `127.0.0.1:${app2}`,
    ...options.config,
  })
  const proxy = await HAProxy.start(config)
  await proxy.isUp(...SERVERS)
  const load = new Clients(front, options.pausing)
  let restarts = 0
  do {
    for (const name of SERVERS) {
      await backends.stop(name)
      await backends.start(name)
      await proxy.isUp(...SERVERS)
      restarts++
    }
  } while (load.report.sent.length < options.requests)
  const clients = await load.stop()
  const servers = await Promise.all(SERVERS.map((name) => proxy.server(name)))
  return {
    clients,
    handled: backends.handled,
    restarts,
    servers,
    failed: proxy.log.split('\n').filter((line) => / "(GET|POST) /.test(line)),
    drains: backends.drains,
  }
}
