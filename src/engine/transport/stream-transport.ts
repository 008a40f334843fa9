import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Transport, TransportSink } from './transport.ts'

/** The stream of a transport, with the way back from its listeners. */
interface Carrier extends Duplex {
  novaTransport?: StreamTransport
  readonly _handle?: { readonly bytesWritten?: number; readonly writeQueueSize?: number } | null
  /** Of a TLS socket: what it runs on. */
  readonly _parent?: Carrier | null
}

// Named functions on the stream instead of closures: a connection costs no function objects.
function onData(this: Carrier, chunk: Uint8Array): void {
  this.novaTransport?.receive(chunk)
}
function onEnd(this: Carrier): void {
  this.novaTransport?.sink?.onEnd()
}
function onDrain(this: Carrier): void {
  this.novaTransport?.sink?.onDrain()
}
function onError(this: Carrier, error: Error): void {
  this.novaTransport?.fail(error)
}
function onClose(this: Carrier): void {
  this.novaTransport?.close()
}

/** A transport over any Duplex: TLS sockets, streams of a test, and sockets where the fast path is not available. */
export class StreamTransport implements Transport {
  sink: TransportSink | null = null
  readonly encrypted: boolean
  protected readonly stream: Carrier
  #remoteAddress: string | null = null
  #remotePort = 0
  #error: Error | null = null
  #closed = false
  /** Bytes given to the stream. */
  #written = 0

  constructor(stream: Duplex) {
    const socket = stream as Partial<Socket> & { encrypted?: boolean }
    this.stream = stream
    this.encrypted = socket.encrypted === true
  }

  get remoteAddress(): string {
    return this.#remoteAddress ?? this.#findPeer()
  }

  set remoteAddress(address: string) {
    this.#remoteAddress = address
  }

  get remotePort(): number {
    if (this.#remoteAddress === null) this.#findPeer()
    return this.#remotePort
  }

  set remotePort(port: number) {
    this.#remotePort = port
  }

  start(sink: TransportSink): void {
    this.sink = sink
    if (this.stream.novaTransport === this) return
    this.stream.novaTransport = this
    this.stream.on('end', onEnd).on('drain', onDrain).on('error', onError).on('close', onClose)
    this.listen()
  }

  handOver(sink: TransportSink): void {
    this.sink = sink
  }

  /** Costs a system call; a closed socket cannot tell any more. */
  #findPeer(): string {
    const { remoteAddress = '', remotePort = 0 } = this.stream as Partial<Socket>
    this.#remoteAddress = remoteAddress
    this.#remotePort = remotePort
    return remoteAddress
  }

  protected listen(): void {
    if (this.#remoteAddress === null) this.#findPeer()
    this.stream.on('data', onData)
  }

  /** Gives the stream back for another use, with `unread` bytes in it. The transport is not to be used any more. */
  release(unread: Uint8Array): Duplex {
    const { stream } = this
    stream
      .off('data', onData)
      .off('end', onEnd)
      .off('drain', onDrain)
      .off('error', onError)
      .off('close', onClose)
    stream.pause()
    if (unread.length > 0) stream.unshift(unread)
    return stream
  }

  get isWritable(): boolean {
    return this.stream.writable
  }

  get pendingBytes(): number {
    return this.stream.writableLength
  }

  get needsDrain(): boolean {
    return this.stream.writableNeedDrain
  }

  get takenBytes(): number {
    const { writableLength } = this.stream
    // Over TLS the records count, which the kernel takes: the plain bytes are encrypted all at once.
    const { _handle: handle } = this.stream._parent ?? this.stream
    // A chunk counts as pending until its last byte has left; a handle can tell how far it got.
    if (handle?.bytesWritten === undefined || handle.writeQueueSize === undefined)
      return this.#written - writableLength
    return handle.bytesWritten - handle.writeQueueSize
  }

  receive(chunk: Uint8Array): void {
    if (this.sink?.onChunk(chunk) === false) this.stream.pause()
  }

  fail(error: Error): void {
    this.#error = error
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.sink?.onClose(this.#error)
  }

  write(text: string): void {
    this.#written += text.length
    try {
      this.stream.write(text, 'latin1')
    } catch (error) {
      this.#failWriting(error)
    }
  }

  writeAll(chunks: readonly (string | Uint8Array)[], last: string): void {
    const { stream } = this
    this.#written += last.length
    try {
      stream.cork()
      for (const chunk of chunks) {
        this.#written += chunk.length
        if (typeof chunk === 'string') stream.write(chunk, 'latin1')
        else stream.write(chunk)
      }
      if (last !== '') stream.write(last, 'latin1')
      stream.uncork()
    } catch (error) {
      this.#failWriting(error)
    }
  }

  /** A stream of somebody else's may throw where it should report; the turn, and other connections, go on. */
  #failWriting(error: unknown): void {
    this.stream.destroy(error instanceof Error ? error : new Error(String(error)))
  }

  pause(): void {
    this.stream.pause()
  }

  resume(): void {
    this.stream.resume()
  }

  end(): void {
    this.stream.end()
  }

  destroy(): void {
    this.stream.destroy()
  }

  reset(): void {
    const socket = this.stream as Partial<Socket>
    try {
      if (socket.resetAndDestroy === undefined) this.stream.destroy()
      else socket.resetAndDestroy()
    } catch {
      // Only TCP has resets; Node throws for TLS and unix sockets.
      this.stream.destroy()
    }
  }
}
