import type { Request as EngineRequest } from '../engine/message/request.ts'
import type { Response as EngineResponse } from '../engine/message/response.ts'
import type { DrainOptions, DrainReport } from '../engine/server/drain.ts'
import {
  createEngine,
  type Engine,
  type ServerOptions as EngineOptions,
  type Handler,
  type ListenOptions,
} from '../engine/server/engine.ts'
import { NovaError } from '../errors.ts'
import { answer } from './answer.ts'
import { ConnectionInfo } from './connection-info.ts'
import { patchGlobals } from './globals.ts'
import { LazyRequest } from './request.ts'

export type FetchHandler = (request: Request, info: ConnectionInfo) => Response | PromiseLike<Response>

export interface ServeOptions extends Omit<EngineOptions, 'onError'>, Omit<ListenOptions, 'host'> {
  /** Answers one request. */
  fetch: FetchHandler
  /** The address to bind. Default: every address. */
  hostname?: string
  /**
   * Called with what the handler threw, rejected with, or returned instead of a Response, and with the error of a body
   * that broke off. What it returns is the answer, if the head is not out yet. Default: prints it, and answers 500.
   */
  onError?: (error: unknown, request: Request) => Response | PromiseLike<Response> | undefined
  /**
   * In the whole program, makes `new Response` of text and bytes light, and lets `new Request` and `fetch` take the
   * requests of this server. False: Responses cost what they cost in Node, several times the rest of a request, and a
   * request is passed on as `request.clone()`. Default true.
   */
  patchGlobals?: boolean
}

const internalError = (): Response =>
  new Response('Internal Server Error', { status: 500, headers: { 'content-type': 'text/plain' } })

const printError = (error: unknown): undefined => {
  console.error(error)
}

const isPromise = (value: unknown): value is PromiseLike<Response> =>
  typeof (value as Partial<PromiseLike<Response>> | null | undefined)?.then === 'function'

/** The client's own mistake, or its leaving: the engine says so better than a program could. */
const isClients = (error: unknown): boolean =>
  error instanceof NovaError &&
  (error.code === 'CLIENT_CLOSED' || (error.status >= 400 && error.status < 500))

/** The engine's handler for a program's `fetch`. */
export const fetchHandler = ({ fetch, onError = printError }: ServeOptions): Handler => {
  const recover = async (error: unknown, request: LazyRequest, target: EngineResponse): Promise<void> => {
    if (isClients(error)) throw error
    let response: Response | undefined
    try {
      response = await onError(error, request as unknown as Request)
    } catch (hookError) {
      printError(hookError)
    }
    // A client that has half of the answer can only be told by breaking off.
    if (target.headSent) target.destroy()
    else await answer(response ?? internalError(), request, target)
  }
  const replyLater = async (
    response: PromiseLike<Response>,
    request: LazyRequest,
    target: EngineResponse,
  ): Promise<void> => {
    try {
      const rest = answer(await response, request, target)
      if (rest !== undefined) await rest
    } catch (error) {
      await recover(error, request, target)
    }
  }
  return (source: EngineRequest, target: EngineResponse) => {
    const request = new LazyRequest(source)
    try {
      const response = fetch(request as unknown as Request, new ConnectionInfo(source))
      if (isPromise(response)) return replyLater(response, request, target)
      return answer(response, request, target)?.catch((error: unknown) => recover(error, request, target))
    } catch (error) {
      return recover(error, request, target)
    }
  }
}

/** A server for a `fetch` handler. Made by `serve`. */
export class FetchServer {
  readonly engine: Engine
  readonly #scheme: 'http' | 'https'
  readonly #hostname: string | undefined

  constructor(engine: Engine, scheme: 'http' | 'https', hostname: string | undefined) {
    this.engine = engine
    this.#scheme = scheme
    this.#hostname = hostname
  }

  /** The port that is listened on; 0 for a unix socket. @throws NOT_LISTENING */
  get port(): number {
    return this.engine.address.port
  }

  /** Where it can be reached from this machine. @throws NOT_LISTENING */
  get url(): string {
    const { port, address } = this.engine.address
    if (port === 0) return `unix:${address}`
    const name = this.#hostname ?? 'localhost'
    return `${this.#scheme}://${name.includes(':') ? `[${name}]` : name}:${port}/`
  }

  /** Drains the engine: no request that has arrived is lost. */
  close(options?: DrainOptions): Promise<DrainReport> {
    return this.engine.drain(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/**
 * Serves a `Request -> Response` handler: a plain function, or the `fetch` of Hono, h3, itty-router and others.
 * Resolves once it listens.
 * @throws OPTION_INVALID; rejects with Node's error when the address cannot be had
 */
export const serve = async (options: ServeOptions): Promise<FetchServer> => {
  const { fetch, hostname, onError, patchGlobals: patches = true, ...others } = options
  const { port, path, mode, fd, systemd, handle, backlog, ...rest } = others
  if (typeof fetch !== 'function') throw new NovaError('OPTION_INVALID', 'Option fetch must be a function.')
  if (patches) patchGlobals()
  const engine = createEngine(rest, fetchHandler(options))
  await engine.listen({ port, path, mode, fd, systemd, handle, backlog, host: hostname } as ListenOptions)
  return new FetchServer(engine, options.tls === undefined ? 'http' : 'https', hostname)
}
