import { maxHeaderSize, type Server, type ServerOptions } from 'node:http'
import { getDefaultHighWaterMark } from 'node:stream'
import { NovaError } from '../errors.ts'
import { OPTION_TABLE, type ResolvedOptions, resolveOptions } from '../options.ts'

/** Node waits this much longer than what it advertises, so that a client which keeps to it never meets a closed socket. */
const KEEP_ALIVE_MARGIN_MS = 1_000

export type LiveOptions = { -readonly [K in keyof ResolvedOptions]: ResolvedOptions[K] }

/** @throws OPTION_INVALID for what the engine must not offer */
export const checkServerOptions = (options: ServerOptions): void => {
  if (options.insecureHTTPParser === true) {
    throw new NovaError(
      'OPTION_INVALID',
      'Option insecureHTTPParser: nova-http has no lenient parser, which would let requests be smuggled; leave it out or use node:http.',
    )
  }
}

const clamp = (value: number, { min, max }: { min: number; max: number }): number =>
  Math.min(max, Math.max(min, value))

/** The engine's options for a server with Node's; whatever Node does not limit is off. */
export const liveOptions = (options: ServerOptions): LiveOptions => {
  const headBytes = options.maxHeaderSize || maxHeaderSize
  const { maxHeadBytes, maxTargetBytes, highWaterBytes } = OPTION_TABLE
  const live: LiveOptions = {
    ...resolveOptions({
      maxHeadBytes: clamp(headBytes, maxHeadBytes),
      maxTargetBytes: clamp(headBytes, maxTargetBytes),
      maxFields: OPTION_TABLE.maxFields.max,
      highWaterBytes: clamp(options.highWaterMark ?? getDefaultHighWaterMark(false), highWaterBytes),
      bodyGapTimeoutMs: 0,
      minBodyBytesPerSecond: 0,
      writeTimeoutMs: 0,
      minDrainBytesPerSecond: 0,
      maxRequestsPerConnection: 0,
    }),
  }
  return live
}

/** Takes over what the program has set on the server, as it may at any time. */
export const updateOptions = (live: LiveOptions, server: Server): void => {
  const { keepAliveTimeout, headersTimeout, requestTimeout } = server
  live.idleTimeoutMs = keepAliveTimeout > 0 ? keepAliveTimeout + KEEP_ALIVE_MARGIN_MS : 0
  live.bodyTimeoutMs = requestTimeout
  live.headTimeoutMs =
    headersTimeout > 0 && requestTimeout > 0
      ? Math.min(headersTimeout, requestTimeout)
      : headersTimeout || requestTimeout
  live.firstByteTimeoutMs = live.headTimeoutMs
}
