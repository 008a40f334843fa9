import type { FailureKind } from './failure-kinds.ts'

/** Longer responses cost more to compare than to parse. */
const MAX_BYTES = 2_048
const WORD_BYTES = 4

/**
 * The latest response that came whole, alone and in one read: most are the same as the one before, byte for byte, and
 * the same bytes mean the same. Comparing costs a tenth of parsing. One serves every connection of a thread, whose
 * window it compares.
 */
export class ResponseMemo {
  status = 0
  failure: FailureKind | null = null
  readonly #window: Buffer
  /** The same memory by words: a call into Node's own comparison would cost more than this loop. */
  readonly #windowWords: Int32Array
  readonly #bytes = new Uint8Array(MAX_BYTES)
  readonly #words = new Int32Array(this.#bytes.buffer)
  #length = 0

  /** @param window at a multiple of 4 bytes of its memory, as the parser's is. */
  constructor(window: Buffer) {
    this.#window = window
    this.#windowWords = new Int32Array(window.buffer, window.byteOffset, window.length / WORD_BYTES)
  }

  /** Whether window[0, length) are the bytes that were kept. */
  matches(length: number): boolean {
    if (length !== this.#length) return false
    const words = this.#words
    const windowWords = this.#windowWords
    const whole = length >> 2
    for (let i = 0; i < whole; i++) if (words[i] !== windowWords[i]) return false
    for (let i = whole * WORD_BYTES; i < length; i++) if (this.#bytes[i] !== this.#window[i]) return false
    return true
  }

  /** Keeps window[0, length): one whole response, behind which its connection goes on. */
  keep(length: number, status: number, failure: FailureKind | null): void {
    if (length > MAX_BYTES) return
    this.#bytes.set(this.#window.subarray(0, length))
    this.#length = length
    this.status = status
    this.failure = failure
  }
}
