import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { HandleTransport } from '../engine/transport/handle-transport.ts'
import { streamHandleOf } from '../engine/transport/stream-handle.ts'
import { StreamTransport } from '../engine/transport/stream-transport.ts'
import type { Transport, TransportSink } from '../engine/transport/transport.ts'

/** What a client's transport tells its owner. */
export interface ClientSink {
  onConnect(): void
  /** `length` bytes wait at the start of the window; they have to be consumed now. */
  onWindow(length: number): void
  /** The peer will send nothing more. */
  onEnd(): void
  /** The last event; `error` is null after an orderly close. */
  onClose(error: Error | null): void
}

/** A connection to the target; knows nothing of HTTP. */
export interface ClientTransport {
  /** Writes latin1 text or bytes, in one system call where the kernel takes them. */
  write(bytes: string | Uint8Array): void
  /** Closes at once. `onClose` follows. */
  destroy(): void
}

/** Opens one connection. */
export type Connect = (sink: ClientSink) => ClientTransport

export interface TargetAddress {
  readonly isTls: boolean
  readonly host: string
  readonly port: number
  /** TLS only: whether the certificate is not checked. */
  readonly insecure: boolean
}

/** A TCP connection. Once open it leaves the net.Socket that opened it, where libuv's handle can be driven without one. */
class TcpTransport implements ClientTransport, TransportSink {
  readonly #sink: ClientSink
  readonly #socket: Socket
  readonly #window: Buffer
  #transport: Transport | null = null
  #error: Error | null = null

  constructor({ host, port }: TargetAddress, window: Buffer, sink: ClientSink) {
    this.#sink = sink
    this.#window = window
    this.#socket = connectTcp({ host, port, noDelay: true })
    this.#socket.on('connect', () => this.#onConnect())
    this.#socket.on('error', (error) => {
      this.#error = error
    })
    this.#socket.on('close', () => this.#onSocketClose())
  }

  write(bytes: string | Uint8Array): void {
    if (typeof bytes === 'string') this.#transport?.write(bytes)
    else this.#transport?.writeAll([bytes], '')
  }

  destroy(): void {
    if (this.#transport === null) this.#socket.destroy()
    else this.#transport.destroy()
  }

  onWindow(length: number): boolean {
    this.#sink.onWindow(length)
    return true
  }

  onChunk(chunk: Uint8Array): boolean {
    deliver(chunk, this.#window, this.#sink)
    return true
  }

  onEnd(): void {
    this.#sink.onEnd()
  }

  onDrain(): void {
    // Nobody waits for it: what may be in flight bounds what may be written.
  }

  onClose(error: Error | null): void {
    this.#sink.onClose(error)
  }

  #onConnect(): void {
    const owner = this.#socket as unknown as { _handle: unknown }
    const handle = streamHandleOf(owner._handle)
    if (handle === null) {
      this.#transport = new StreamTransport(this.#socket)
    } else {
      // As child_process does when it hands a socket to another process.
      owner._handle = null
      this.#transport = new HandleTransport(handle, this.#window)
    }
    this.#transport.start(this)
    this.#sink.onConnect()
  }

  #onSocketClose(): void {
    if (this.#transport === null) this.#sink.onClose(this.#error)
  }
}

/** A TLS connection: what is decrypted comes in Buffers of Node's. */
class TlsTransport implements ClientTransport {
  readonly #socket: TLSSocket

  constructor({ host, port, insecure }: TargetAddress, window: Buffer, sink: ClientSink) {
    let failure: Error | null = null
    const socket = connectTls({
      host,
      port,
      // RFC 6066, 3: an address is no server name.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      rejectUnauthorized: !insecure,
      ALPNProtocols: ['http/1.1'],
    })
    socket.setNoDelay(true)
    socket.on('secureConnect', () => sink.onConnect())
    socket.on('data', (chunk: Buffer) => deliver(chunk, window, sink))
    socket.on('end', () => sink.onEnd())
    socket.on('error', (error) => {
      failure = error
    })
    socket.on('close', () => sink.onClose(failure))
    this.#socket = socket
  }

  write(bytes: string | Uint8Array): void {
    if (typeof bytes === 'string') this.#socket.write(bytes, 'latin1')
    else this.#socket.write(bytes)
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

/** Copies bytes to where the parser reads. */
const deliver = (bytes: Uint8Array, window: Buffer, sink: ClientSink): void => {
  for (let at = 0; at < bytes.length; at += window.length) {
    const piece = bytes.subarray(at, at + window.length)
    window.set(piece)
    sink.onWindow(piece.length)
  }
}

/** Connections to `target` whose bytes arrive in `window`, one read at a time. */
export const connector =
  (target: TargetAddress, window: Buffer): Connect =>
  (sink) =>
    target.isTls ? new TlsTransport(target, window, sink) : new TcpTransport(target, window, sink)
