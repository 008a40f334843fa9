import { channel } from 'node:diagnostics_channel'
import { REFUSALS, type RefusalCode } from '../../errors.ts'
import { type CloseReason, TIMEOUTS, type TimeoutKind } from './counters.ts'

/** `nova-http:handler.error`, published with `{ error }` when a request handler throws or rejects. */
export const handlerErrorChannel = channel('nova-http:handler.error')

/** `nova-http:connection.close`, published with `{ reason: CloseReason, remoteAddress }` when a connection is gone. */
const closeChannel = channel('nova-http:connection.close')

/**
 * `nova-http:request.refused`, published with `{ code: RefusalCode, status, remoteAddress }` when a request, or a
 * connection, is refused.
 */
const refusalChannel = channel('nova-http:request.refused')

/**
 * `nova-http:timeout`, published with `{ kind: TimeoutKind, reason: CloseReason, code: RefusalCode | null,
 * remoteAddress }` when a clock of a connection has run out.
 */
const timeoutChannel = channel('nova-http:timeout')

/**
 * `nova-http:handshake.failed`, published with `{ error, remoteAddress }` when TLS could not be agreed on; `error.code` is
 * OpenSSL's or Node's.
 */
const handshakeChannel = channel('nova-http:handshake.failed')

export const publishHandshakeFailure = (error: Error, remoteAddress: string): void => {
  if (handshakeChannel.hasSubscribers) handshakeChannel.publish({ error, remoteAddress })
}

export const publishClose = (reason: CloseReason, remoteAddress: string): void => {
  if (closeChannel.hasSubscribers) closeChannel.publish({ reason, remoteAddress })
}

export const publishRefusal = (code: RefusalCode, remoteAddress: string): void => {
  if (refusalChannel.hasSubscribers) {
    refusalChannel.publish({ code, status: REFUSALS[code].status, remoteAddress })
  }
}

export const publishTimeout = (kind: TimeoutKind, remoteAddress: string): void => {
  if (timeoutChannel.hasSubscribers) timeoutChannel.publish({ kind, ...TIMEOUTS[kind], remoteAddress })
}
