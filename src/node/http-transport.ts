import type { Socket } from 'node:net'
import { WindowTransport } from '../engine/transport/window-transport.ts'

/** A socket that keeps what the program writes apart from what the engine writes. */
export interface TwoSidedSocket extends Socket {
  /** The engine itself is writing. */
  isPassing: boolean
}

/** The engine's side of an HttpSocket. */
export class HttpTransport extends WindowTransport {
  readonly #socket: TwoSidedSocket

  constructor(socket: TwoSidedSocket) {
    super(socket)
    this.#socket = socket
  }

  override write(text: string): void {
    this.#socket.isPassing = true
    super.write(text)
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
