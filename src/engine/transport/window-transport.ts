import type { Socket } from 'node:net'
import {
  type StreamHandle,
  streamHandleOf,
  WRITE_PENDING,
  type WriteOwner,
  writeText,
} from './stream-handle.ts'
import { StreamTransport } from './stream-transport.ts'

interface WindowCarrier extends Socket {
  novaTransport?: WindowTransport
  _handle?: unknown
}

/** What `onread.callback` must be: Node calls it as a method of the socket, so no socket needs its own closure. */
export function onWindowRead(this: WindowCarrier, length: number): boolean {
  return this.novaTransport?.sink?.onWindow(length) ?? false
}

/**
 * Of `net.Socket`, as Node's own accept callback and `onread` need them. The last three are what it adds to its copy of the
 * options: each copy that has to grow gets a hidden class of its own on Node 20, and the socket costs 7 us, not 0.4.
 */
export interface WindowSocketOptions {
  readonly handle: unknown
  readonly onread: { readonly buffer: Buffer; readonly callback: typeof onWindowRead }
  readonly allowHalfOpen: true
  readonly emitClose: false
  readonly autoDestroy: true
  readonly decodeStrings: false
}

/** Longer text goes through the stream: there its cost is small beside copying it. */
const MAX_DIRECT_LENGTH = 65_536

/**
 * A socket created with `onread: { buffer: window, callback: onWindowRead }`: the kernel writes where the parser
 * reads, and no Buffer or event is made per read (net.Socket's `onread`). The sockets of one thread share the window
 * because each read is consumed before the next one happens. Short answers are written to the handle directly.
 */
export class WindowTransport extends StreamTransport implements WriteOwner {
  #handle: StreamHandle | null
  /** Direct writes that libuv still holds. */
  #unfinished = 0

  constructor(socket: WindowCarrier) {
    super(socket)
    this.#handle = streamHandleOf(socket._handle)
  }

  override get pendingBytes(): number {
    return this.queuedBytes + this.#held()
  }

  /** Bytes that wait in the stream. */
  protected get queuedBytes(): number {
    return this.stream.writableLength
  }

  override get needsDrain(): boolean {
    return this.#unfinished > 0 || super.needsDrain
  }

  override write(text: string): void {
    const handle = this.#handle
    // What the stream still holds must leave first.
    if (handle === null || text.length > MAX_DIRECT_LENGTH || this.queuedBytes > 0) {
      this.writeThrough(text)
      return
    }
    const status = writeText(handle, text, this)
    if (status === WRITE_PENDING) {
      this.#unfinished++
    } else if (status !== 0 && !this.stream.destroyed) {
      // The stream's own write meets the same error and reports it the usual way.
      this.writeThrough(text)
    }
  }

  /** Writes to the stream. */
  protected writeThrough(text: string): void {
    super.write(text)
  }

  onWritten(status: number): void {
    this.#unfinished--
    if (status < 0) this.stream.destroy()
    else if (this.#unfinished === 0 && this.queuedBytes === 0) this.sink?.onDrain()
  }

  override close(): void {
    this.#handle = null
    super.close()
  }

  protected override listen(): void {
    // Reading started with the socket; 'data' is never emitted on it.
  }

  #held(): number {
    return this.#unfinished === 0 ? 0 : (this.#handle?.writeQueueSize ?? 0)
  }
}
