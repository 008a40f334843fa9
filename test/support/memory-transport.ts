import type { Transport, TransportSink } from '../../src/engine/transport/transport.ts'

/**
 * A transport without an operating system: a test sends bytes into it, reads what was written, and scripts faults.
 * Bytes go through the shared window, as on a real socket.
 */
export class MemoryTransport implements Transport {
  readonly remoteAddress = '192.0.2.1'
  readonly remotePort = 40_000
  readonly encrypted = false
  /** Bytes a stuck peer has not taken; set with `holdWrites`. */
  pendingBytes = 0
  isPaused = false
  isEnded = false
  isDestroyed = false
  isReset = false
  /** How many write calls were made: one per turn is the promise. */
  writes = 0
  #holds = false
  #sent: Buffer[] = []
  #sink: TransportSink | null = null
  readonly #window: Buffer

  constructor(window: Buffer) {
    this.#window = window
  }

  get needsDrain(): boolean {
    return this.pendingBytes > 0
  }

  get progressMark(): number {
    return this.pendingBytes
  }

  get sink(): TransportSink {
    if (this.#sink === null) throw new Error('not started')
    return this.#sink
  }

  /** Everything written so far, as latin1 text. */
  get written(): string {
    return Buffer.concat(this.#sent).toString('latin1')
  }

  start(sink: TransportSink): void {
    this.#sink = sink
  }

  /** Delivers bytes as one read. Throws when the connection has paused reading. */
  receive(bytes: string | Uint8Array): void {
    if (this.isPaused) throw new Error('the connection has paused reading')
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes)
    for (let at = 0; at < buffer.length; at += this.#window.length) {
      const length = buffer.copy(this.#window, 0, at, Math.min(buffer.length, at + this.#window.length))
      if (!this.sink.onWindow(length)) this.isPaused = true
    }
  }

  /** The peer half-closes. */
  endInput(): void {
    this.sink.onEnd()
  }

  /** The peer is gone. */
  close(error: Error | null = null): void {
    if (this.isDestroyed) return
    this.isDestroyed = true
    this.sink.onClose(error)
  }

  /** From now on the peer takes nothing. */
  holdWrites(): void {
    this.#holds = true
  }

  /** The peer takes everything that is pending. */
  releaseWrites(): void {
    this.#holds = false
    this.pendingBytes = 0
    this.sink.onDrain()
  }

  write(text: string): void {
    this.writeAll([], text)
  }

  writeAll(chunks: readonly (string | Uint8Array)[], last: string): void {
    this.writes++
    for (const chunk of [...chunks, last]) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : Buffer.from(chunk)
      this.#sent.push(bytes)
      if (this.#holds) this.pendingBytes += bytes.length
    }
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  end(): void {
    this.isEnded = true
  }

  destroy(): void {
    if (this.isDestroyed) return
    this.isDestroyed = true
    queueMicrotask(() => this.sink.onClose(null))
  }

  reset(): void {
    this.isReset = true
    this.destroy()
  }
}
