import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { DrainReport } from '../engine/server/drain.ts'
import type { ServerOptions } from '../engine/server/engine.ts'
import { inheritedDescriptor } from '../engine/server/inherited-sockets.ts'
import { NovaError } from '../errors.ts'
import { createShards, type Shards } from '../shard/shards.ts'
import { CliError } from './cli-error.ts'
import { EXIT_CODES } from './exit-codes.ts'
import type { MetricsAddress } from './metrics-address.ts'
import { type MetricsEndpoint, serveMetrics } from './metrics-endpoint.ts'

/** Arguments of `nova serve`; times in ms. */
export interface ServeArguments {
  shards: number | 'auto'
  port: number
  host?: string
  systemd?: string | true
  proxyProtocol?: string[]
  metrics?: MetricsAddress
  tlsKey?: string
  tlsCert?: string
  unready: number
  grace: number
  idleGrace: number
  blockedAfter: number
  replaceAfter: number
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const complain = (text: string): void => void process.stderr.write(`${text}\n`)

const LISTEN_ERRORS: readonly unknown[] = ['listen', 'bind', 'getaddrinfo']
const USAGE_ERRORS: readonly string[] = ['OPTION_INVALID', 'SHARDS_UNSUPPORTED']

/** Where it broke, for what a program threw; the sentence alone for what we say, from whatever thread. */
const describe = (error: unknown): string => {
  const { name, message, stack } = (error ?? {}) as Partial<Error>
  return name === 'NovaError' ? String(message) : (stack ?? String(error))
}

const toCliError = (cause: unknown, module: string): CliError => {
  if (cause instanceof NovaError && USAGE_ERRORS.includes(cause.code)) {
    return new CliError('USAGE', cause.message, { cause })
  }
  const { code, syscall, message } = (cause ?? {}) as Partial<NodeJS.ErrnoException>
  if (LISTEN_ERRORS.includes(syscall) || code === 'NO_INHERITED_SOCKET')
    return new CliError('LISTEN_FAILED', String(message), { cause })
  return new CliError('APP_FAILED', `${module} could not be loaded.\n${describe(cause)}`, { cause })
}

/** @throws CliError */
const readTls = ({ tlsKey, tlsCert }: ServeArguments): ServerOptions => {
  if (tlsKey === undefined && tlsCert === undefined) return {}
  if (tlsKey === undefined || tlsCert === undefined) {
    throw new CliError('USAGE', '--tls-key and --tls-cert belong together.')
  }
  try {
    return { tls: { key: readFileSync(tlsKey, 'utf8'), cert: readFileSync(tlsCert, 'utf8') } }
  } catch (cause) {
    throw new CliError('USAGE', (cause as Error).message, { cause })
  }
}

const start = async (module: string, args: ServeArguments, engine: ServerOptions): Promise<Shards> => {
  try {
    return await createShards({
      app: module,
      shards: args.shards,
      ...(args.systemd === undefined ? { port: args.port } : { fd: inheritedDescriptor(args.systemd) }),
      engine,
      ...(args.host === undefined ? {} : { host: args.host }),
      blockedAfterMs: args.blockedAfter,
      replaceAfterMs: args.replaceAfter,
    })
  } catch (error) {
    throw toCliError(error, module)
  }
}

/** In this thread, which serves nobody else: it answers also when every shard is blocked. */
const startMetrics = async (
  module: string,
  address: MetricsAddress,
  shards: Shards,
): Promise<MetricsEndpoint> => {
  try {
    return await serveMetrics(address, () => shards.metrics())
  } catch (error) {
    await shards.drain({ graceMs: 0 })
    throw toCliError(error, module)
  }
}

const tellEvents = (shards: Shards): void => {
  shards
    .on('crash', ({ shard, error, restartInMs }) =>
      complain(`Shard ${shard} crashed; it starts again in ${restartInMs} ms. ${describe(error)}`),
    )
    .on('restart', ({ shard }) => say(`Shard ${shard} serves again.`))
    .on('blocked', ({ shard, blockedMs }) => complain(`Shard ${shard} stands still for ${blockedMs} ms.`))
    .on('recovered', ({ shard, blockedMs }) => say(`Shard ${shard} goes on after ${blockedMs} ms.`))
}

const countsOf = ({ finished, idleClosed, aborted, tookMs }: DrainReport): string =>
  `in ${tookMs} ms: ${finished} finished, ${idleClosed} idle closed, ${aborted} aborted.`

const reloadOn = (
  shards: Shards,
  options: { graceMs: number; idleGraceMs: number },
  readAgain: () => void,
): (() => void) => {
  const onSignal = async (): Promise<void> => {
    try {
      readAgain()
      const report = await shards.reload(options)
      say(`Reloaded; the old threads drained ${countsOf(report)}`)
    } catch (error) {
      complain(`Not reloaded, the old threads go on. ${describe(error)}`)
    }
  }
  process.on('SIGHUP', onSignal)
  return () => process.off('SIGHUP', onSignal)
}

const urlOf = ({ address: { address, port } }: Shards, { tls }: ServerOptions): string => {
  const host = address === '::' || address === '0.0.0.0' ? 'localhost' : address
  return `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}/`
}

/** Serves until a signal ends it. @throws CliError */
export const serve = async (module: string, args: ServeArguments): Promise<void> => {
  const options = { graceMs: args.grace, idleGraceMs: args.idleGrace }
  // Shards that start later, in a reload too, find in it what was read last.
  const engine = readTls(args)
  if (args.proxyProtocol !== undefined) engine.proxyProtocol = { trusted: args.proxyProtocol }
  const shards = await start(module, args, engine)
  const metrics = args.metrics && (await startMetrics(module, args.metrics, shards))
  tellEvents(shards)
  const stopReloads = reloadOn(shards, options, () => Object.assign(engine, readTls(args)))
  const count = shards.stats().shards.length
  say(
    `Listening on ${urlOf(shards, engine)} with ${count} ${count === 1 ? 'shard' : `shards (${shards.mode})`}, pid ${process.pid}.`,
  )
  if (metrics !== undefined) say(`Metrics at ${metrics.url}`)
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  const endNow = (): never => process.exit(EXIT_CODES.ABORTED.code)
  process.on('SIGTERM', endNow).on('SIGINT', endNow)
  say('Draining; a second signal ends it at once.')
  const report = await shards.drain({ ...options, unreadyMs: args.unready })
  stopReloads()
  // The drain itself is still to be seen in them.
  await metrics?.close()
  say(`Drained ${countsOf(report)}`)
  if (report.aborted > 0) throw new CliError('ABORTED', `${report.aborted} requests were not answered.`)
}
