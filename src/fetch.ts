export type { DrainOptions, DrainReport } from './engine/server/drain.ts'
export type { ConnectionInfo } from './fetch/connection-info.ts'
export { type FetchHandler, FetchServer, type ServeOptions, serve } from './fetch/server.ts'
