import type { RefusalCode } from '../../errors.ts'
import type { CloseReason, TimeoutKind } from './counters.ts'

/** Who is at the other end; '' and 0 on a unix socket. */
interface Peer {
  remoteAddress: string
  remotePort: number
}

/** A connection was accepted; TLS and the PROXY header are still to come. */
export interface ConnectionOpenEvent extends Peer {
  /** Its number, different from every other one of the thread. */
  connection: number
}

/** A connection is gone. Every one that was opened is closed once. */
export interface ConnectionCloseEvent extends Peer {
  connection: number
  reason: CloseReason
  /** How many requests were begun on it. */
  requests: number
}

/** The fields of a request. Values are decoded when asked for. */
export interface RequestFields extends Iterable<[name: string, value: string]> {
  readonly size: number
  /** The value, repeated fields joined with ', '; undefined when absent. Any case finds it. */
  get(name: string): string | undefined
  getAll(name: string): string[]
  has(name: string): boolean
}

/**
 * One request and what became of it: the same object at its start and at its end. Times are ms as `performance.now()`
 * counts them, -1 when it never came to that.
 */
export interface RequestEvent extends Peer {
  /** The number of its connection. */
  readonly connection: number
  /** Over TLS. */
  readonly encrypted: boolean
  readonly method: string
  /** As sent, latin1: whatever the client wrote, a query with secrets included. */
  readonly target: string
  readonly httpVersion: '1.0' | '1.1'
  /** Readable while the start is published, and until the exchange ends; of the drop-in, only the former. */
  readonly headers: RequestFields
  /** The head was complete. */
  readonly headReceivedAt: number
  /** The handler was called, or what answers in its place. */
  readonly handlerCalledAt: number
  /** The answer was complete, as far as the handler is concerned. */
  readonly answeredAt: number
  /** The head of the answer was handed to the transport. */
  readonly headSentAt: number
  /** The kernel had taken the last byte of the answer; at the end of an incomplete one, when it was given up. */
  readonly endedAt: number
  /** 0 when no head was sent. */
  readonly status: number
  /** Of the answer, given to the transport: head and framing included, whether the client got them or not. */
  readonly bytesWritten: number
  /** The kernel has taken all of the answer. */
  readonly isComplete: boolean
  /** What the handler threw or rejected with; why it was cut short, or the client did not get all, as a NovaError. */
  readonly error: unknown
}

/** A request, or a connection, was refused with an answer that the engine made. */
export interface RefusalEvent {
  code: RefusalCode
  status: number
  remoteAddress: string
}

/** A clock of a connection has run out. */
export interface TimeoutEvent {
  kind: TimeoutKind
  /** What the connection closes for. */
  reason: CloseReason
  /** What it is told; null where nothing is said. */
  code: RefusalCode | null
  remoteAddress: string
}

/** TLS could not be agreed on; `error.code` is OpenSSL's or Node's. */
export interface HandshakeFailureEvent {
  error: Error
  remoteAddress: string
}

/** A handler threw or rejected. */
export interface HandlerErrorEvent {
  error: unknown
}

export interface DrainStartEvent {
  unreadyMs: number
  graceMs: number
  idleGraceMs: number
  /** Open when it began. */
  connections: number
}

/** What `drain()` resolves to. */
export interface DrainEndEvent {
  finished: number
  idleClosed: number
  aborted: number
  tookMs: number
}

/** The channels of `node:diagnostics_channel` and what is published on them. */
export interface EngineEvents {
  'nova-http:connection.open': ConnectionOpenEvent
  'nova-http:connection.close': ConnectionCloseEvent
  /** Before the handler is called, which runs in the stores that are bound to the channel (`bindStore`). */
  'nova-http:request.start': RequestEvent
  /** Follows every start once. */
  'nova-http:request.end': RequestEvent
  'nova-http:request.refused': RefusalEvent
  'nova-http:timeout': TimeoutEvent
  'nova-http:handshake.failed': HandshakeFailureEvent
  'nova-http:handler.error': HandlerErrorEvent
  'nova-http:drain.start': DrainStartEvent
  'nova-http:drain.end': DrainEndEvent
}
