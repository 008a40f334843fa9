import { Buffer } from 'node:buffer'
import type { TransportSink } from '../engine/transport/transport.ts'
import type { HttpSocket } from './http-socket.ts'

/** Makes a Readable ask for more: it believes that a read is under way ever since the engine took over. */
const NOTHING = Buffer.alloc(0)

/** Gives the bytes of an upgraded connection back to its socket, so that the program has a net.Socket like any other. */
export class UpgradedSocket implements TransportSink {
  readonly #socket: HttpSocket
  readonly #window: Buffer
  readonly #onClosed: (error: Error | null) => void

  constructor(socket: HttpSocket, window: Buffer, onClosed: (error: Error | null) => void) {
    this.#socket = socket
    this.#window = window
    this.#onClosed = onClosed
    socket.link = null
    const flowing = socket as unknown as { readableFlowing: boolean | null }
    flowing.readableFlowing = null
    socket.push(NOTHING)
  }

  onWindow(length: number): boolean {
    return this.#socket.push(Buffer.from(this.#window.subarray(0, length)))
  }

  onChunk(chunk: Uint8Array): boolean {
    return this.#socket.push(chunk)
  }

  onEnd(): void {
    // The socket has told its own listeners.
  }

  onDrain(): void {
    // As above.
  }

  onClose(error: Error | null): void {
    this.#onClosed(error)
  }
}
