import type { MessagePort } from 'node:worker_threads'
import type { DrainOptions, DrainReport } from '../engine/server/drain.ts'
import type { ServerOptions as EngineOptions } from '../engine/server/engine.ts'

/** What a shard's thread is started with. */
export interface ShardTask {
  readonly port: MessagePort
  readonly memory: SharedArrayBuffer
  /** URL of the module to serve. */
  readonly app: string
  /** The socket to listen on, open in this process. */
  readonly fd: number
  readonly backlog: number
  readonly engine: EngineOptions
}

/** To a shard. */
export type ShardCommand =
  | { readonly type: 'listen' }
  | { readonly type: 'drain'; readonly options: DrainOptions }

/** From a shard: the module is loaded, connections are accepted. How it ends is the result of its task. */
export type ShardMessage = 'loaded' | 'listening'

/** How a thread has ended: drained, or with what it died of. A thrown object loses its `code` on the way. */
export type ShardEnd =
  | { readonly report: DrainReport }
  | { readonly error: unknown; readonly code?: string | undefined }
