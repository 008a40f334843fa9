import { Duplex } from 'node:stream'
import type { Transport, TransportSink } from './transport.ts'

/**
 * A connection after an upgrade or CONNECT (RFC 9110, 7.8 and 9.3.6): its bytes belong to another protocol and pass
 * through unseen. Ends half-open, as its socket does.
 */
export class UpgradedStream extends Duplex implements TransportSink {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly encrypted: boolean
  readonly #transport: Transport
  readonly #window: Buffer
  readonly #onClosed: (error: Error | null) => void
  #onWritten: ((error?: Error | null) => void) | null = null

  constructor(transport: Transport, window: Buffer, onClosed: (error: Error | null) => void) {
    super({ allowHalfOpen: true })
    this.#transport = transport
    this.#window = window
    this.#onClosed = onClosed
    this.remoteAddress = transport.remoteAddress
    this.remotePort = transport.remotePort
    this.encrypted = transport.encrypted
    transport.handOver(this)
  }

  onWindow(length: number): boolean {
    return this.push(Buffer.from(this.#window.subarray(0, length)))
  }

  onChunk(chunk: Uint8Array): boolean {
    return this.push(chunk)
  }

  onEnd(): void {
    this.push(null)
  }

  onDrain(): void {
    const onWritten = this.#onWritten
    this.#onWritten = null
    onWritten?.()
  }

  onClose(error: Error | null): void {
    this.destroy(error ?? undefined)
    this.#onClosed(error)
  }

  override _read(): void {
    this.#transport.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#transport.writeAll([chunk], '')
    this.#settleWrite(callback)
  }

  override _writev(chunks: { chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    this.#transport.writeAll(
      chunks.map(({ chunk }) => chunk),
      '',
    )
    this.#settleWrite(callback)
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#transport.end()
    callback()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#transport.destroy()
    callback(error)
  }

  #settleWrite(callback: (error?: Error | null) => void): void {
    const { pendingBytes, needsDrain } = this.#transport
    if (pendingBytes > 0 && needsDrain) this.#onWritten = callback
    else callback()
  }
}
