import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ServerOptions as EngineOptions } from '../engine/server/engine.ts'
import { NovaError } from '../errors.ts'
import { TrustedPeers } from '../http/trusted-peers.ts'
import { resolveOptions } from '../options.ts'

/** Options of `createShards`. */
export interface ShardOptions {
  /** The module that every shard loads: a URL, or a path from the working directory. */
  app: string | URL
  /** Threads that serve, 1 to 256; 'auto' (default) takes one per core. */
  shards?: 'auto' | number
  /** 0 (default) picks a free port. */
  port?: number
  /** The name or address to bind. Default: every address. */
  host?: string
  /** An open listening descriptor instead of port and host. */
  fd?: number
  /** Connections the kernel queues before they are accepted, 1 to 65,535. Default 1,024. */
  backlog?: number
  /** Of the engine in each shard; what the module exports as `options` goes before. Functions cannot be given here. */
  engine?: EngineOptions
  /** A module that has not loaded, and listened, by then has failed, ms. Default 30,000. */
  startTimeoutMs?: number
  /** A shard whose event loop stands still for so long is told as 'blocked', ms; 0 for never. Default 2,000. */
  blockedAfterMs?: number
  /** A shard whose event loop stands still for so long is ended and replaced, ms; 0 (default) for never. */
  replaceAfterMs?: number
  /** Before a crashed shard starts again, ms, doubling with every crash in a row up to 10,000. Default 100. */
  restartDelayMs?: number
}

export interface ResolvedShardOptions {
  readonly app: string
  readonly shards: number
  readonly port: number
  readonly host: string | undefined
  readonly fd: number | undefined
  readonly backlog: number
  readonly engine: EngineOptions
  readonly startTimeoutMs: number
  readonly blockedAfterMs: number
  readonly replaceAfterMs: number
  readonly restartDelayMs: number
}

const HOUR_MS = 3_600_000

// biome-ignore format: a table is read by its columns
const NUMBERS = {
  shards: { unit: 'threads', default: 0, min: 1, max: 256 },
  port: { unit: 'a port', default: 0, min: 0, max: 65_535 },
  backlog: { unit: 'connections', default: 1_024, min: 1, max: 65_535 },
  startTimeoutMs: { unit: 'ms', default: 30_000, min: 1, max: HOUR_MS },
  blockedAfterMs: { unit: 'ms', default: 2_000, min: 0, max: HOUR_MS },
  replaceAfterMs: { unit: 'ms', default: 0, min: 0, max: HOUR_MS },
  restartDelayMs: { unit: 'ms', default: 100, min: 1, max: 10_000 },
} as const
type Numbers = { -readonly [K in keyof typeof NUMBERS]: number }

/** Node opens a handle of its own for the descriptor of such a socket, and closes it under the one that has it. */
export const NO_UNIX_SOCKETS = 'shards do not listen on unix sockets; use one engine per process.'

const OTHERS = ['app', 'host', 'fd', 'engine']

const invalid = (detail: string): NovaError => new NovaError('OPTION_INVALID', detail)

/** A path is one of the file system, whatever it looks like; `file:` and `data:` are kept. */
const appUrl = (app: unknown): string => {
  if (app instanceof URL) return app.href
  if (typeof app !== 'string' || app === '') throw invalid('Option app must be the path or URL of a module.')
  return /^(file|data):/.test(app) ? app : pathToFileURL(resolve(app)).href
}

const readNumber = (options: ShardOptions, name: keyof Numbers): number => {
  const rule = NUMBERS[name]
  const given = options[name] ?? rule.default
  const value = name === 'shards' && (given === 'auto' || given === 0) ? availableParallelism() : given
  if (typeof value === 'number' && Number.isInteger(value) && value >= rule.min && value <= rule.max)
    return value
  throw invalid(
    `Option ${name} must be an integer (${rule.unit}) from ${rule.min} to ${rule.max}; got ${String(value)}.`,
  )
}

/** Fills defaults and checks every value. @throws OPTION_INVALID */
export const resolveShardOptions = (options: ShardOptions): ResolvedShardOptions => {
  if (typeof options !== 'object' || options === null) throw invalid('Options must be an object.')
  if (Object.hasOwn(options, 'path')) throw invalid(`Option path: ${NO_UNIX_SOCKETS}`)
  const known = [...Object.keys(NUMBERS), ...OTHERS]
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) throw invalid(`Unknown option ${unknown}; known: ${known.join(', ')}.`)
  const { app, host, fd, engine = {} } = options
  const hook = Object.entries(engine).find(([, value]) => typeof value === 'function')
  if (hook !== undefined) throw invalid(`engine.${hook[0]} is a function: export it from the module instead.`)
  resolveOptions(engine)
  const { proxyProtocol } = engine
  if (proxyProtocol !== undefined) new TrustedPeers(proxyProtocol.trusted, 'proxyProtocol.trusted')
  const numbers = Object.fromEntries(
    Object.keys(NUMBERS).map((name) => [name, readNumber(options, name as keyof Numbers)]),
  ) as Numbers
  return { ...numbers, app: appUrl(app), host, fd, engine }
}
