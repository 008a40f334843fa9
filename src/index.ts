export type { Request } from './engine/message/request.ts'
export type { RequestHeaders } from './engine/message/request-headers.ts'
export type { RequestTimeouts } from './engine/message/request-timeouts.ts'
export type { Response } from './engine/message/response.ts'
export type { DrainOptions, DrainReport } from './engine/server/drain.ts'
export {
  createEngine,
  type Engine,
  type Handler,
  type ListeningAddress,
  type ListenOptions,
  type ProxyProtocolOptions,
  type ServerOptions as EngineOptions,
  type UpgradeHandler,
} from './engine/server/engine.ts'
export type { EngineStats } from './engine/server/engine-stats.ts'
export { type InheritedSocket, systemdSockets } from './engine/server/inherited-sockets.ts'
export { type MetricsSource, renderMetrics } from './engine/server/metrics.ts'
export {
  type AccessLog,
  type AccessLogDestination,
  type AccessLogEntry,
  type AccessLogOptions,
  startAccessLog,
} from './engine/stats/access-log.ts'
export { type EngineChannel, engineChannel } from './engine/stats/channels.ts'
export type * from './engine/stats/events.ts'
export type {
  SniCallback,
  TlsCertificate,
  TlsCertificates,
  TlsOptions,
} from './engine/transport/tls-options.ts'
export { type ErrorCode, NovaError } from './errors.ts'
export {
  clientAddressOf,
  type ForwardedClient,
  type ForwardedOptions,
  type ForwardedRequest,
  forwardedClientOf,
} from './http/forwarded.ts'
export { METRICS_CONTENT_TYPE } from './metrics/open-metrics.ts'
