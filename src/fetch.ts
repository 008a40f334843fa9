export type { DrainOptions, DrainReport } from './engine/server/drain.ts'
export {
  type ConnectionInfo,
  type FetchHandler,
  FetchServer,
  type ServeOptions,
  serve,
} from './fetch/server.ts'
