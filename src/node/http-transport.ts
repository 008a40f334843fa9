import type { Socket } from 'node:net'
import { readResult, type StreamHandle, streamHandleOf } from '../engine/transport/stream-handle.ts'
import type { TransportSink } from '../engine/transport/transport.ts'
import { WindowTransport } from '../engine/transport/window-transport.ts'

/** A socket that keeps what the program writes apart from what the engine writes. */
export interface TwoSidedSocket extends Socket {
  /** The engine itself is writing. */
  isPassing: boolean
}

/** What Node keeps of a socket's writing side. Its getters, which all streams share, cost more than all else here. */
interface WritingSide {
  readonly length: number
  readonly ending: boolean
  readonly destroyed: boolean
  readonly errored: Error | null
}

/** The handle of a socket, with the callback that Node gave it. */
interface SocketHandle extends StreamHandle {
  reading: boolean
  novaReader: HttpTransport
  novaOnRead: (bytes: unknown) => void
}

/** Node's own callback does for bytes what a socket needs that nobody has taken over; the end and errors stay its own. */
function onRead(this: SocketHandle, bytes: unknown): void {
  const result = readResult()
  if (result > 0) this.novaReader.onRead(this, result)
  else this.novaOnRead(bytes)
}

/** The engine's side of an HttpSocket. */
export class HttpTransport extends WindowTransport {
  readonly #socket: TwoSidedSocket
  readonly #writing: WritingSide

  constructor(socket: TwoSidedSocket) {
    super(socket)
    this.#socket = socket
    this.#writing = (socket as unknown as { _writableState: WritingSide })._writableState
  }

  override get isWritable(): boolean {
    const { destroyed, ending, errored } = this.#writing
    return !destroyed && !ending && !errored
  }

  protected override get queuedBytes(): number {
    return this.#writing.length
  }

  override start(sink: TransportSink): void {
    super.start(sink)
    const handle = streamHandleOf((this.#socket as { _handle?: unknown })._handle) as SocketHandle | null
    if (handle === null) return
    handle.novaReader = this
    handle.novaOnRead = handle.onread as unknown as SocketHandle['novaOnRead']
    handle.onread = onRead as unknown as SocketHandle['onread']
  }

  onRead(handle: SocketHandle, length: number): void {
    const socket = this.#socket
    if (socket.timeout) (socket as unknown as { _unrefTimer(): void })._unrefTimer()
    if (this.sink?.onWindow(length) !== false) return
    handle.reading = false
    if (!socket.destroyed) handle.readStop()
  }

  protected override writeThrough(text: string): void {
    this.#socket.isPassing = true
    super.writeThrough(text)
    this.#socket.isPassing = false
  }

  override writeAll(chunks: readonly (string | Uint8Array)[], last: string): void {
    this.#socket.isPassing = true
    super.writeAll(chunks, last)
    this.#socket.isPassing = false
  }

  override end(): void {
    this.#socket.isPassing = true
    super.end()
    this.#socket.isPassing = false
  }
}
