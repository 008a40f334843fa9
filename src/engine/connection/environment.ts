import type { Duplex } from 'node:stream'
import type { RefusalCode } from '../../errors.ts'
import type { ResolvedOptions } from '../../options.ts'
import type { MessageParser } from '../../parser/message-parser.ts'
import type { BytePool } from '../../pool/byte-pool.ts'
import type { Exchange } from '../message/exchange.ts'
import type { Output } from '../message/output.ts'
import type { RequestTrace } from '../message/request-trace.ts'
import type { CommonLines } from '../message/response-writer.ts'
import type { Counters, TimeoutKind } from '../stats/counters.ts'
import type { TimerWheel } from '../time/timer-wheel.ts'
import type { Connection } from './connection.ts'
import type { Observation } from './observation.ts'

/** What the connections of one thread share. Implemented by the reactor. */
export interface Environment {
  readonly options: ResolvedOptions
  readonly parser: MessageParser
  readonly wheel: TimerWheel
  readonly counters: Counters
  readonly observation: Observation
  readonly lines: CommonLines
  /** Lends the bytes of heads that outlive their turn. */
  readonly headBytes: BytePool
  /** Collects what the connection whose turn it is will write. Empty between turns. */
  readonly output: Output
  /** The next answer of each connection is its last. */
  readonly isDraining: boolean
  /** A connection that asks for nothing more is closed. */
  readonly closesIdle: boolean
  /** The connection whose turn it is: the window, the tape and the output are in use. */
  current: Connection | null
  /** ms, monotonic, and as exact as the system has it: for what is measured. Deadlines live on the wheel's clock. */
  now(): number
  acquire(): Exchange
  release(exchange: Exchange): void
  /** Calls the handler. A returned promise is its settlement. */
  dispatch(exchange: Exchange): unknown
  /** As `dispatch`, of a request that somebody follows. */
  follow(exchange: Exchange, trace: RequestTrace): unknown
  /** Whether `upgrade` takes connections over. */
  readonly acceptsUpgrade: boolean
  /** Whether the embedder takes this request for another protocol; else it is an ordinary one. */
  mayUpgrade(exchange: Exchange): boolean
  /** Hands a connection to another protocol; `head` is what arrived behind the request. */
  upgrade(exchange: Exchange, stream: Duplex, head: Buffer): void
  /** How long, in ms, the event loop was blocked while the wheel's clock stood at `since`. */
  stalledAfter(since: number): number
  /** Asks whether one more request may be served (`run(n)`). */
  admit(): boolean
  /** Gives the connection a turn of its own once the current callbacks are done. */
  schedule(connection: Connection): void
  /** ALLOW_* bits of head-rules.ts. */
  readonly allowances: number
  /** True when the program answers for the engine; input is not looked at any more. */
  takeRefusal(connection: Connection, code: RefusalCode): boolean
  countRefusal(code: RefusalCode, remoteAddress: string): void
  countTimeout(kind: TimeoutKind, remoteAddress: string): void
  /** A handler failed. */
  report(error: unknown): void
  onClosed(connection: Connection): void
}
