import type { ServerOptions as NodeServerOptions, RequestListener } from 'node:http'
import type { DrainOptions, DrainReport } from '../engine/server/drain.ts'
import { createEngine, type Handler, type ServerOptions } from '../engine/server/engine.ts'
import type { EngineStats } from '../engine/server/engine-stats.ts'
import { NovaError } from '../errors.ts'
import { patchGlobals } from '../fetch/globals.ts'
import { type FetchHandler, fetchHandler } from '../fetch/server.ts'
import { createServer } from '../node/server.ts'
import { isEngineOption } from '../options.ts'

/** What a served module exports, by itself or in an object that is its default export. */
export interface AppModule {
  /** A handler of the engine. */
  handler?: Handler
  /** A listener as `http.createServer` takes it; an Express or Koa callback. */
  listener?: RequestListener
  /** `Request -> Response`. */
  fetch?: FetchHandler
  /** Of `createEngine`, functions included; of `http.createServer` beside a listener. */
  options?: ServerOptions | NodeServerOptions
  /** Called when the last connection of a shard is closed, before its thread ends. */
  close?: () => unknown
}

/** One server of a shard, whatever the application is. */
export interface AppServer {
  listen(handle: object, backlog: number): Promise<void>
  drain(options: DrainOptions): Promise<DrainReport>
  stats(): EngineStats
  /** The first call starts the measuring of durations. */
  metrics(): string
  close(): Promise<void>
}

const KINDS = ['handler', 'listener', 'fetch'] as const

const appOf = (module: Record<string, unknown>): AppModule => {
  const app = [module, module['default']].find(
    (candidate): candidate is AppModule =>
      candidate !== null &&
      (typeof candidate === 'object' || typeof candidate === 'function') &&
      KINDS.some((kind) => typeof (candidate as AppModule)[kind] === 'function'),
  )
  if (app !== undefined) return app
  const names = Object.keys(module).join(', ') || 'nothing'
  throw new NovaError(
    'APP_INVALID',
    `The module must export handler, listener or fetch, a function; it exports ${names}.`,
  )
}

const serveListener = (
  listener: RequestListener,
  options: NodeServerOptions,
  close: () => unknown,
): AppServer => {
  const server = createServer(options, listener)
  return {
    listen: (handle, backlog) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(handle, backlog, () => {
          server.off('error', reject)
          resolve()
        })
      }),
    drain: (drainOptions) => server.drain(drainOptions),
    stats: () => server.stats(),
    metrics: () => server.metrics(),
    close: async () => {
      await close()
    },
  }
}

/**
 * A listener has a server of node:http. What the engine is told would come to nothing there, unnoticed: it would not be
 * encrypted, say. @throws OPTION_INVALID
 */
const refuseEngineOptions = (given: ServerOptions, exported: object): void => {
  const isGiven = (name: string): boolean => given[name as keyof ServerOptions] !== undefined
  const names = [...Object.keys(given).filter(isGiven), ...Object.keys(exported).filter(isEngineOption)]
  if (names.length === 0) return
  throw new NovaError(
    'OPTION_INVALID',
    `A listener of node:http is served without ${names.join(', ')}: export handler or fetch instead, or options of http.createServer.`,
  )
}

/** Loads a module and makes its server. @throws what the module throws, APP_INVALID, OPTION_INVALID */
export const loadApp = async (url: string, engineOptions: ServerOptions): Promise<AppServer> => {
  const app = appOf((await import(url)) as Record<string, unknown>)
  const { handler, listener, fetch } = app
  const close = (): unknown => app.close?.()
  if (typeof handler !== 'function' && typeof listener === 'function') {
    refuseEngineOptions(engineOptions, app.options ?? {})
    return serveListener(listener, (app.options ?? {}) as NodeServerOptions, close)
  }
  const options = { ...engineOptions, ...(app.options as ServerOptions | undefined) }
  if (typeof handler !== 'function') patchGlobals()
  const engine = createEngine(
    options,
    // Called on what it belongs to: Hono and others need their `this`.
    handler ?? fetchHandler({ fetch: (request, info) => (fetch as FetchHandler).call(app, request, info) }),
  )
  return {
    listen: async (handle, backlog) => {
      await engine.listen({ handle, backlog })
    },
    drain: (drainOptions) => engine.drain(drainOptions),
    stats: () => engine.stats(),
    metrics: () => engine.metrics(),
    close: async () => {
      await close()
    },
  }
}
