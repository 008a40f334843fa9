/**
 * The engine's only contact with the operating system. A transport moves bytes between a peer and a sink; it knows
 * nothing of HTTP. Implementations: a TCP or unix socket that reads straight into the shared window, and any Duplex.
 */

/** What a transport tells its owner. Called from the event loop, never from inside a call on the transport. */
export interface TransportSink {
  /** `length` bytes wait at the start of the shared window. False: stop reading until `resume()`. */
  onWindow(length: number): boolean
  /** Bytes that did not arrive through the window; they must be copied or consumed now. False as above. */
  onChunk(chunk: Uint8Array): boolean
  /** The peer has half-closed. */
  onEnd(): void
  /** Everything written has been handed to the kernel. */
  onDrain(): void
  /** The last event. `error` is null after an orderly close. */
  onClose(error: Error | null): void
}

export interface Transport {
  /** Peer address; '' on unix sockets. A proxy in front may tell better (PROXY protocol). */
  remoteAddress: string
  remotePort: number
  readonly encrypted: boolean
  /** Bytes accepted by write() and not yet by the kernel. */
  readonly pendingBytes: number
  /** False once what is written can no longer reach the peer; unless the engine ended it, `onClose` follows. */
  readonly isWritable: boolean
  /** True when `onDrain` will be called once the pending bytes have left. */
  readonly needsDrain: boolean
  /** Grows whenever, and only when, the kernel takes bytes. What it starts from means nothing. */
  readonly takenBytes: number
  /** Begins to read; once begun, the same as `handOver`. */
  start(sink: TransportSink): void
  /** From now on `sink` is told; nothing else changes. */
  handOver(sink: TransportSink): void
  /** Writes latin1 text in one system call where the kernel takes it. */
  write(text: string): void
  /** Writes chunks (latin1 text or bytes) in order, in one system call where the kernel takes them. */
  writeAll(chunks: readonly (string | Uint8Array)[], last: string): void
  pause(): void
  resume(): void
  /** Half-closes once everything written has left. */
  end(): void
  /** Closes at once; what is pending is lost. */
  destroy(): void
  /** Closes at once with a reset, so that no state is left behind. */
  reset(): void
}
