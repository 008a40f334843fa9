const MIN_CLASS_BYTES = 512
const MAX_CLASS_BYTES = 65_536
const CLASSES = Math.log2(MAX_CLASS_BYTES / MIN_CLASS_BYTES) + 1
/** Leading zeros of the smallest class's last index, from which the class of a size is counted. */
const MIN_CLASS_ZEROS = Math.clz32(MIN_CLASS_BYTES - 1)
const DEFAULT_MAX_IDLE_BYTES = 4_194_304

/** Index of the smallest class that holds `bytes`. */
const classOf = (bytes: number): number =>
  bytes <= MIN_CLASS_BYTES ? 0 : MIN_CLASS_ZEROS - Math.clz32(bytes - 1)

/**
 * Buffers in power-of-two size classes from 512 B to 64 KiB, lent out and taken back, for bytes that outlive the turn
 * in which they arrived. A buffer is borrowed until `release`; it holds whatever its last borrower wrote, so its user
 * reads no further than it has written. Each has an ArrayBuffer of its own: keeping one keeps no neighbour.
 *
 * The pool knows what it has lent: a buffer that is not out, be it foreign or released before, is refused.
 */
export class BytePool {
  /** Lent out now, oversize ones included. */
  live = 0
  /** The most ever lent out at a time. */
  peak = 0
  /** Bytes waiting to be lent. */
  idleBytes = 0
  /** Requests beyond the largest class: allocated for once, never kept. */
  oversize = 0
  /** Buffers given up because the idle bytes had reached their bound. */
  dropped = 0
  readonly #maxIdleBytes: number
  readonly #classes: readonly Buffer[][] = Array.from({ length: CLASSES }, () => [])
  readonly #lent = new WeakSet<Buffer>()

  /** `maxIdleBytes`: bound on the bytes kept, default 4 MiB; 0 keeps none. */
  constructor({ maxIdleBytes = DEFAULT_MAX_IDLE_BYTES }: { maxIdleBytes?: number } = {}) {
    this.#maxIdleBytes = maxIdleBytes
  }

  /** A buffer of at least `minBytes` bytes, an integer from 0; rounded up to its size class unless oversize. */
  acquire(minBytes: number): Buffer {
    const buffer =
      minBytes > MAX_CLASS_BYTES ? this.#allocateOversize(minBytes) : this.#take(classOf(minBytes))
    this.#lent.add(buffer)
    this.live++
    if (this.live > this.peak) this.peak = this.live
    return buffer
  }

  /** @throws Error when `buffer` is not lent out by this pool now: the borrower's mistake, which would share memory. */
  release(buffer: Buffer): void {
    this.discard(buffer)
    const { length } = buffer
    if (length > MAX_CLASS_BYTES) return
    if (this.idleBytes + length > this.#maxIdleBytes) {
      this.dropped++
      return
    }
    this.idleBytes += length
    ;(this.#classes[classOf(length)] as Buffer[]).push(buffer)
  }

  /** Takes back a buffer that somebody may still read: it is not lent again. @throws Error as `release` */
  discard(buffer: Buffer): void {
    if (!this.#lent.delete(buffer)) throw new Error('Released a buffer that this pool has not lent out.')
    this.live--
  }

  #take(index: number): Buffer {
    const buffer = (this.#classes[index] as Buffer[]).pop()
    if (buffer === undefined) return Buffer.allocUnsafeSlow(MIN_CLASS_BYTES << index)
    this.idleBytes -= buffer.length
    return buffer
  }

  #allocateOversize(bytes: number): Buffer {
    const buffer = Buffer.allocUnsafeSlow(bytes)
    this.oversize++
    return buffer
  }
}
