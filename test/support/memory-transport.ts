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
  /** Bytes that were written after a destroy and so went nowhere. */
  lostBytes = 0
  #peerEnded = false
  #holds = false
  #written = 0
  #sent: Buffer[] = []
  #sink: TransportSink | null = null
  readonly #window: Buffer

  constructor(window: Buffer) {
    this.#window = window
  }

  get isWritable(): boolean {
    return !this.isDestroyed && !this.isEnded
  }

  get needsDrain(): boolean {
    return this.pendingBytes > 0
  }

  get takenBytes(): number {
    return this.#written - this.pendingBytes
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

  handOver(sink: TransportSink): void {
    this.#sink = sink
  }

  /**
   * Delivers bytes in reads of at most a window, and stops like a socket when the connection pauses reading. Returns
   * how many bytes were delivered. Throws when the connection had paused before.
   */
  receive(bytes: string | Uint8Array): number {
    if (this.isPaused) throw new Error('the connection has paused reading')
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes)
    let at = 0
    while (at < buffer.length && !this.isPaused && !this.isDestroyed) {
      const length = buffer.copy(this.#window, 0, at, Math.min(buffer.length, at + this.#window.length))
      at += length
      if (!this.sink.onWindow(length)) this.isPaused = true
    }
    return at
  }

  /** The peer half-closes. */
  endInput(): void {
    this.#peerEnded = true
    this.sink.onEnd()
    this.#closeWhenBothEnded()
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

  /** The peer takes some of what is pending. */
  takePending(bytes: number): void {
    this.pendingBytes -= bytes
  }

  write(text: string): void {
    this.writeAll([], text)
  }

  writeAll(chunks: readonly (string | Uint8Array)[], last: string): void {
    if (this.isEnded) throw new Error('written after the end')
    this.writes++
    for (const chunk of [...chunks, last]) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : Buffer.from(chunk)
      if (this.isDestroyed) {
        this.lostBytes += bytes.length
        continue
      }
      this.#sent.push(bytes)
      this.#written += bytes.length
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
    this.#closeWhenBothEnded()
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

  /** As a socket does: with both directions ended it closes by itself. */
  #closeWhenBothEnded(): void {
    if (this.#peerEnded && this.isEnded) this.destroy()
  }
}
