import type { Duplex } from 'node:stream'
import type { RefusalCode } from '../../errors.ts'
import type { TrustedPeers } from '../../http/trusted-peers.ts'
import type { Connection } from '../connection/connection.ts'
import { publishHandshakeFailure } from '../stats/channels.ts'
import { nextConnectionId } from '../stats/connection-ids.ts'
import { type CloseReason, TIMEOUTS } from '../stats/counters.ts'
import type { WheelNode } from '../time/timer-wheel.ts'
import { type ProxyPeer, parseProxyHeader } from '../transport/proxy-header.ts'
import type { StreamTransport } from '../transport/stream-transport.ts'
import type { HandshakeOwner, TlsTerminator } from '../transport/tls-terminator.ts'
import type { Transport, TransportSink } from '../transport/transport.ts'
import type { Arriving, Reactor } from './reactor.ts'

/** What a new connection has to pass before it is HTTP's. */
export interface Gates {
  readonly reactor: Reactor
  /** Null: no PROXY header is expected. */
  readonly proxies: TrustedPeers | null
  /** Null: plain HTTP. Otherwise every transport is a StreamTransport. */
  readonly tls: TlsTerminator | null
}

const NOTHING = Buffer.alloc(0)

/**
 * A connection from being accepted to being HTTP's: first the PROXY header, then the TLS handshake. One deadline covers
 * both. It ends in exactly one of `promote` and `depart` of the reactor.
 */
export class Arrival implements Arriving, TransportSink, HandshakeOwner, WheelNode {
  wheelNext: WheelNode | null = null
  wheelPrevious: WheelNode | null = null
  wheelDeadline = 0
  wheelSlot = -1
  readonly id = nextConnectionId()
  readonly transport: Transport
  readonly #gates: Gates
  #since: number
  /** What has come of the PROXY header. */
  #held: Uint8Array = NOTHING
  /** The socket, once TLS has it. */
  #socket: Duplex | null = null
  /** What the connection closes for, once that is decided. */
  #reason: CloseReason | null = null
  #isOver = false

  constructor(gates: Gates, transport: Transport) {
    this.#gates = gates
    this.transport = transport
    this.#since = gates.reactor.wheel.now
  }

  start(): void {
    const { reactor, proxies } = this.#gates
    const { handshakeTimeoutMs, maxHandshakes } = reactor.options
    const isFull = maxHandshakes !== 0 && reactor.arrivals.size >= maxHandshakes
    reactor.arrive(this)
    this.#since = reactor.wheel.now
    if (handshakeTimeoutMs !== 0) reactor.wheel.arm(this, this.#since + handshakeTimeoutMs)
    if (isFull) this.#turnAway('TOO_MANY_HANDSHAKES')
    else if (proxies === null) this.#startTls(NOTHING)
    else if (proxies.has(this.transport.remoteAddress)) this.transport.start(this)
    else this.#refuse('UNTRUSTED_PROXY')
  }

  // The PROXY header.

  onWindow(length: number): boolean {
    const { window } = this.#gates.reactor.parser
    const rest = this.#read(window.subarray(0, length))
    if (rest === null) return true
    const connection = this.#promote()
    // The bytes of a reset connection go nowhere; what is read next belongs to the connection.
    if (connection === null || rest === 0) return true
    window.copyWithin(0, length - rest, length)
    return connection.onWindow(rest)
  }

  onChunk(chunk: Uint8Array): boolean {
    const rest = this.#read(chunk)
    if (rest === null) return true
    const unread = chunk.subarray(chunk.length - rest)
    if (this.#gates.tls !== null) {
      this.#startTls(unread)
      return true
    }
    const connection = this.#promote()
    return connection === null || rest === 0 || connection.onChunk(unread)
  }

  onEnd(): void {
    // A health check that only connects says nothing wrong.
    if (this.#held.length === 0) this.destroy('client')
    else this.#refuse('BAD_PROXY_HEADER')
  }

  onDrain(): void {
    // Nothing is written here.
  }

  onClose(error: Error | null): void {
    this.#depart(error === null ? 'client' : 'socketError')
  }

  /** How many of the last bytes in `bytes` stand behind the header; null when it is not read, or not to be read. */
  #read(bytes: Uint8Array): number | null {
    if (this.#isOver || this.#reason !== null) return null
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    const header = parseProxyHeader(all)
    const rest = typeof header === 'string' ? 0 : all.length - header.length
    this.#gates.reactor.counters.bytesRead += bytes.length - rest
    if (header === 'malformed') {
      this.#refuse('BAD_PROXY_HEADER')
      return null
    }
    if (header === 'incomplete') {
      this.#held = Buffer.from(all)
      return null
    }
    this.#held = NOTHING
    if (header.peer !== null) this.#believe(header.peer)
    return rest
  }

  #believe({ address, port }: ProxyPeer): void {
    this.transport.remoteAddress = address
    this.transport.remotePort = port
  }

  // The TLS handshake.

  #startTls(unread: Uint8Array): void {
    const { tls } = this.#gates
    this.#socket = (this.transport as StreamTransport).release(unread)
    tls?.handshake(this.#socket, this)
  }

  onSecure(secure: StreamTransport): void {
    if (this.#reason !== null) return
    const { remoteAddress, remotePort } = this.transport
    secure.remoteAddress = remoteAddress
    secure.remotePort = remotePort
    this.#gates.reactor.counters.handshakes++
    this.#promote(secure)
  }

  onHandshakeFailed(error: Error): void {
    if (this.#reason !== null) return
    this.#reason = 'handshakeFailed'
    publishHandshakeFailure(error, this.transport.remoteAddress)
  }

  onHandshakeClosed(): void {
    this.#depart('handshakeFailed')
  }

  // The end.

  destroy(reason: CloseReason): void {
    this.#reason ??= reason
    if (this.#socket === null) this.transport.destroy()
    else this.#socket.destroy()
  }

  onDeadline(now: number): void {
    const { reactor } = this.#gates
    // What was armed while the event loop was blocked was armed too early.
    const stalledMs = reactor.stalledAfter(this.#since)
    this.#since += stalledMs
    const due = this.#since + reactor.options.handshakeTimeoutMs
    if (due > now) {
      reactor.wheel.arm(this, due)
      return
    }
    if (this.#reason === null) reactor.countTimeout('handshake', this.transport.remoteAddress)
    this.destroy(TIMEOUTS.handshake.reason)
  }

  /** With an answer that says why, unless it would have to be encrypted first. */
  #refuse(code: RefusalCode): void {
    if (this.#gates.tls === null) this.#promote(this.transport, code)
    else this.#turnAway(code)
  }

  #turnAway(code: RefusalCode): void {
    this.#gates.reactor.countRefusal(code, this.transport.remoteAddress)
    this.#reason = 'refusedByReset'
    // Not read, in a flood: nothing but its end is heard of it.
    this.transport.start(this)
    this.transport.reset()
  }

  #promote(transport = this.transport, refusal: RefusalCode | null = null): Connection | null {
    this.#isOver = true
    const { reactor } = this.#gates
    reactor.wheel.cancel(this)
    return reactor.promote(this, transport, refusal)
  }

  #depart(reason: CloseReason): void {
    if (this.#isOver) return
    this.#isOver = true
    const { reactor } = this.#gates
    reactor.wheel.cancel(this)
    reactor.depart(this, this.#reason ?? reason)
  }
}
