import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { StreamTransport } from './stream-transport.ts'

interface HandleInternals {
  readonly _handle?: { readonly bytesWritten?: number; readonly writeQueueSize?: number } | null
}

/** A TLS connection; `socket` is what it runs on. */
export class TlsTransport extends StreamTransport {
  readonly #socket: Duplex

  constructor(stream: TLSSocket, socket: Duplex) {
    super(stream)
    this.#socket = socket
  }

  /** What the kernel took are records: those of the socket below, not the plain bytes that TLS has encrypted already. */
  override get takenBytes(): number {
    const { bytesWritten = 0, writeQueueSize = 0 } = (this.#socket as HandleInternals)._handle ?? {}
    return bytesWritten - writeQueueSize
  }
}
