import type { Poolable } from '../pool/free-list.ts'
import { STATE_INTS } from './memory-map.ts'
import { PHASE_BODY, PHASE_HEAD, PHASE_NONE } from './phases.ts'

const NO_BYTES = Buffer.alloc(0)
const MIN_BYTES = 512
/** More room than this is not kept for the next message. */
const MAX_KEPT_BYTES = 1_024
const MAX_KEPT_INTS = 256
const NO_INTS = new Int32Array(0)

/**
 * A message that the end of a read has cut: what its connection keeps until the next read. In the middle of a body that
 * is llhttp's state and a few numbers; in the middle of a head or trailer section also its bytes and spans so far.
 * Pooled by the parser: borrowed from `parser.parked` until it is handed to `execute`, or to `abandon` when its
 * connection ends.
 */
export class ParkedMessage implements Poolable {
  isPooled = false
  /** PHASE_*; PHASE_NONE after the CR of an empty line between messages. */
  phase = PHASE_BODY
  /** Bytes held: of the unfinished head or trailer section. 0 in a body. */
  headBytes = 0
  readonly state = new Int32Array(STATE_INTS)
  isNameOpen = false
  /** The head's flags, from the end of the head on. */
  flags = 0
  isLast = false
  gapState = 0
  extensionBytes = 0
  #bytes = NO_BYTES
  /** What the tape held of the unfinished section. */
  #record = NO_INTS
  #recordInts = 0

  /** For another connection. The bytes of the last one stay in the room, out of reach behind `headBytes`. */
  reset(): void {
    this.phase = PHASE_BODY
    this.headBytes = 0
    this.isNameOpen = false
    this.flags = 0
    this.isLast = false
    this.gapState = 0
    this.extensionBytes = 0
    this.#recordInts = 0
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#bytes = NO_BYTES
    if (this.#record.length > MAX_KEPT_INTS) this.#record = NO_INTS
  }

  get isHead(): boolean {
    return this.phase === PHASE_HEAD
  }

  /** No message at all, but the first half of an empty line in front of one. */
  get isEmptyLine(): boolean {
    return this.phase === PHASE_NONE
  }

  /** Adds window[start, end) to the unfinished section. */
  append(window: Buffer, start: number, end: number): void {
    const length = this.headBytes + end - start
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(MIN_BYTES, 2 * length))
      this.#bytes.copy(grown, 0, 0, this.headBytes)
      this.#bytes = grown
    }
    window.copy(this.#bytes, this.headBytes, start, end)
    this.headBytes = length
  }

  /** Gives the section's bytes away. */
  takeBytes(): Buffer {
    const bytes = this.#bytes.subarray(0, this.headBytes)
    this.#bytes = NO_BYTES
    this.headBytes = 0
    return bytes
  }

  /** Keeps tape[start, end). */
  saveRecord(tape: Int32Array, start: number, end: number): void {
    const length = end - start
    if (length > this.#record.length) this.#record = new Int32Array(2 * length)
    const record = this.#record
    for (let i = 0; i < length; i++) record[i] = tape[start + i] as number
    this.#recordInts = length
  }

  /** Puts it back at the tape's start; returns where it ends. */
  loadRecord(tape: Int32Array): number {
    const record = this.#record
    const length = this.#recordInts
    for (let i = 0; i < length; i++) tape[i] = record[i] as number
    return length
  }
}
