import type { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { REFUSALS, type RefusalCode } from '../../errors.ts'
import { type CloseReason, TIMEOUTS, type TimeoutKind } from './counters.ts'
import type { DrainEndEvent, DrainStartEvent, EngineEvents, RequestEvent } from './events.ts'

/** A channel of `node:diagnostics_channel` whose payloads are `T`. */
export interface EngineChannel<T> {
  readonly hasSubscribers: boolean
  /** What a listener throws is an uncaught exception; the request goes on. */
  subscribe(listener: (event: T) => void): void
  unsubscribe(listener: (event: T) => void): unknown
  publish(event: T): void
  /** Of `request.start`: the handler, and all it awaits, sees in `store` what `transform` makes of its request. */
  bindStore<S>(store: AsyncLocalStorage<S>, transform: (event: T) => S): unknown
  unbindStore<S>(store: AsyncLocalStorage<S>): unknown
  runStores<A, R>(event: T, call: (argument: A) => R, thisArg: unknown, argument: A): R
}

/** The channel of an event, see `EngineEvents`. It is the one that `node:diagnostics_channel` has under that name. */
export const engineChannel = <K extends keyof EngineEvents>(name: K): EngineChannel<EngineEvents[K]> =>
  channel(name) as unknown as EngineChannel<EngineEvents[K]>

const openChannel = engineChannel('nova-http:connection.open')
const closeChannel = engineChannel('nova-http:connection.close')
const startChannel = engineChannel('nova-http:request.start')
const endChannel = engineChannel('nova-http:request.end')
const refusalChannel = engineChannel('nova-http:request.refused')
const timeoutChannel = engineChannel('nova-http:timeout')
const handshakeChannel = engineChannel('nova-http:handshake.failed')
const handlerErrorChannel = engineChannel('nova-http:handler.error')
const drainStartChannel = engineChannel('nova-http:drain.start')
const drainEndChannel = engineChannel('nova-http:drain.end')

/** Whoever is at the other end of a connection. */
interface Peer {
  readonly remoteAddress: string
  readonly remotePort: number
}

export const publishOpen = (connection: number, peer: Peer): void => {
  // For 'close', too: a closed socket cannot tell any more.
  if (!openChannel.hasSubscribers && !closeChannel.hasSubscribers) return
  const { remoteAddress, remotePort } = peer
  openChannel.publish({ connection, remoteAddress, remotePort })
}

export const publishClose = (connection: number, reason: CloseReason, peer: Peer, requests: number): void => {
  if (closeChannel.hasSubscribers) {
    const { remoteAddress, remotePort } = peer
    closeChannel.publish({ connection, reason, remoteAddress, remotePort, requests })
  }
}

/** Somebody wants to know of requests. */
export const requestsAreWatched = (): boolean => startChannel.hasSubscribers || endChannel.hasSubscribers

interface Dispatcher<T> {
  dispatch(subject: T): unknown
}

/** Publishes the start of `request` and has `subject` dispatched in the stores that are bound to the channel. */
export const publishStart = <T>(request: RequestEvent, dispatcher: Dispatcher<T>, subject: T): unknown =>
  startChannel.hasSubscribers
    ? startChannel.runStores(request, dispatcher.dispatch, dispatcher, subject)
    : dispatcher.dispatch(subject)

export const publishEnd = (request: RequestEvent): void => {
  if (endChannel.hasSubscribers) endChannel.publish(request)
}

export const publishRefusal = (code: RefusalCode, remoteAddress: string): void => {
  if (refusalChannel.hasSubscribers) {
    refusalChannel.publish({ code, status: REFUSALS[code].status, remoteAddress })
  }
}

export const publishTimeout = (kind: TimeoutKind, remoteAddress: string): void => {
  if (timeoutChannel.hasSubscribers) timeoutChannel.publish({ kind, ...TIMEOUTS[kind], remoteAddress })
}

export const publishHandshakeFailure = (error: Error, remoteAddress: string): void => {
  if (handshakeChannel.hasSubscribers) handshakeChannel.publish({ error, remoteAddress })
}

export const publishHandlerError = (error: unknown): void => {
  if (handlerErrorChannel.hasSubscribers) handlerErrorChannel.publish({ error })
}

export const publishDrainStart = (event: DrainStartEvent): void => {
  if (drainStartChannel.hasSubscribers) drainStartChannel.publish(event)
}

export const publishDrainEnd = (report: DrainEndEvent): void => {
  if (drainEndChannel.hasSubscribers) drainEndChannel.publish(report)
}
