import {
  END_OF_FILE,
  errorOf,
  readResult,
  type ShutdownOwner,
  type StreamHandle,
  shutDown,
  WRITE_PENDING,
  type WriteOwner,
  writeChunks,
  writeText,
} from './stream-handle.ts'
import type { Transport, TransportSink } from './transport.ts'

interface CarryingHandle extends StreamHandle {
  novaTransport?: HandleTransport | null
}

// Named functions on the handle instead of closures: a connection costs no function objects.
function onRead(this: CarryingHandle): void {
  this.novaTransport?.onRead(readResult())
}
function onHandleClosed(this: CarryingHandle): void {
  const transport = this.novaTransport
  this.novaTransport = null
  transport?.onClosed()
}

/** Reused for every `getpeername`. */
const peer: { address?: string; port?: number } = {}

/** Of the newest connection: those of one proxy share the string. */
let newestAddress = ''

const READING = 1
/** Half-closing, and half-closed. */
const ENDING = 2
const SHUT = 4
const PEER_ENDED = 8
const CLOSING = 16

/**
 * A TCP or unix socket that is not wrapped in a net.Socket: libuv reads into the window where the parser looks, and
 * writes go straight to libuv. A net.Socket with its two stream states costs more memory than all the engine keeps of
 * a connection, and making and closing one more time than serving a request. Half-open until both sides have ended.
 */
export class HandleTransport implements Transport, WriteOwner, ShutdownOwner {
  remoteAddress: string
  remotePort: number
  sink: TransportSink | null = null
  readonly #handle: CarryingHandle
  /** Writes that libuv still holds. */
  #unfinished = 0
  #state = 0
  #error: Error | null = null

  constructor(handle: StreamHandle, window: Buffer) {
    this.#handle = handle
    handle.useUserBuffer(window)
    const isKnown = handle.getpeername?.(peer) === 0
    const address = isKnown ? (peer.address ?? '') : ''
    if (address !== newestAddress) newestAddress = address
    this.remoteAddress = newestAddress
    this.remotePort = isKnown ? (peer.port ?? 0) : 0
  }

  start(sink: TransportSink): void {
    const handle = this.#handle
    this.sink = sink
    if (handle.novaTransport === this) return
    handle.novaTransport = this
    handle.onread = onRead
    handle.setNoDelay?.(true)
    this.resume()
  }

  handOver(sink: TransportSink): void {
    this.sink = sink
  }

  get encrypted(): boolean {
    return false
  }

  get isWritable(): boolean {
    return (this.#state & (ENDING | CLOSING)) === 0
  }

  get pendingBytes(): number {
    return this.#unfinished === 0 || (this.#state & CLOSING) !== 0 ? 0 : this.#handle.writeQueueSize
  }

  get needsDrain(): boolean {
    return this.#unfinished > 0
  }

  get takenBytes(): number {
    return this.#handle.bytesWritten - this.#handle.writeQueueSize
  }

  write(text: string): void {
    if (this.isWritable) this.#onDispatched(writeText(this.#handle, text, this))
  }

  writeAll(chunks: readonly (string | Uint8Array)[], last: string): void {
    if (!this.isWritable) return
    const all = last === '' ? chunks : [...chunks, last]
    if (all.length > 0) this.#onDispatched(writeChunks(this.#handle, all, this))
  }

  pause(): void {
    if ((this.#state & READING) === 0) return
    this.#state &= ~READING
    this.#handle.readStop()
  }

  resume(): void {
    if ((this.#state & (READING | PEER_ENDED | CLOSING)) !== 0) return
    this.#state |= READING
    const status = this.#handle.readStart()
    if (status < 0) this.#fail(status, 'read')
  }

  end(): void {
    if (!this.isWritable) return
    this.#state |= ENDING
    shutDown(this.#handle, this)
  }

  destroy(): void {
    if ((this.#state & CLOSING) !== 0) return
    this.#state = (this.#state | CLOSING) & ~READING
    this.#handle.close(onHandleClosed)
  }

  reset(): void {
    const handle = this.#handle
    if ((this.#state & CLOSING) !== 0) return
    // Refused while a half-close is under way.
    if (handle.reset === undefined || handle.reset(onHandleClosed) !== 0) this.destroy()
    else this.#state |= CLOSING
  }

  onRead(result: number): void {
    if ((this.#state & CLOSING) !== 0) return
    if (result > 0) {
      if (this.sink?.onWindow(result) === false) this.pause()
    } else if (result === END_OF_FILE) {
      this.#state = (this.#state | PEER_ENDED) & ~READING
      this.sink?.onEnd()
      if ((this.#state & SHUT) !== 0) this.destroy()
    } else if (result < 0) {
      this.#fail(result, 'read')
    }
  }

  onWritten(status: number): void {
    this.#unfinished--
    if ((this.#state & CLOSING) !== 0) return
    if (status < 0) this.#fail(status, 'write')
    else if (this.#unfinished === 0) this.sink?.onDrain()
  }

  onShutdown(): void {
    this.#state |= SHUT
    if ((this.#state & PEER_ENDED) !== 0) this.destroy()
  }

  onClosed(): void {
    this.sink?.onClose(this.#error)
  }

  #onDispatched(status: number): void {
    if (status === WRITE_PENDING) this.#unfinished++
    else if (status < 0) this.#fail(status, 'write')
  }

  #fail(status: number, syscall: string): void {
    this.#error ??= errorOf(status, syscall)
    this.destroy()
  }
}
