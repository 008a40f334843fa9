import type { FailureKind } from './failure-kinds.ts'

/** Longer responses cost more to compare than to parse. */
const MAX_BYTES = 2_048

/**
 * The latest response that came whole, alone and in one read: most are the same as the one before, byte for byte, and
 * the same bytes mean the same. Comparing costs a tenth of parsing. One serves every connection of a thread.
 */
export class ResponseMemo {
  status = 0
  failure: FailureKind | null = null
  readonly #bytes = Buffer.alloc(MAX_BYTES)
  #length = 0

  /** Whether these are the bytes that were kept. */
  matches(window: Buffer, length: number): boolean {
    return length === this.#length && window.compare(this.#bytes, 0, length, 0, length) === 0
  }

  /** Keeps window[0, length): one whole response, behind which its connection goes on. */
  keep(window: Buffer, length: number, status: number, failure: FailureKind | null): void {
    if (length > MAX_BYTES) return
    window.copy(this.#bytes, 0, 0, length)
    this.#length = length
    this.status = status
    this.failure = failure
  }
}
