import {
  PARSE_CHUNK_EXTENSION_TOO_LARGE,
  PARSE_HEAD_TOO_LARGE,
  PARSE_OK,
  PARSE_TARGET_TOO_LONG,
  PARSE_TOO_MANY_FIELDS,
  PARSE_TRAILER_TOO_LARGE,
} from './failures.ts'
import type { Llhttp } from './llhttp.ts'
import { SPAN_CALLBACKS } from './memory-map.ts'
import { PHASE_BODY, PHASE_HEAD, PHASE_TRAILERS } from './phases.ts'
import type { Recorder } from './recorder.ts'
import { HEAD_TARGET_LENGTH, HEAD_TARGET_START } from './tape.ts'

const CRLF_BYTES = 2

export interface MessageLimits {
  readonly maxHeadBytes: number
  readonly maxTargetBytes: number
  readonly maxTrailerBytes: number
}

/**
 * Judges limits by the place of the first byte beyond each, wherever reads were cut: among several limits, and between
 * a limit and a syntax error, the earlier place wins. Asked only where parsing stops: at the end of the bytes in the
 * middle of a message, at a pause, at an error.
 */
export class LimitCheck {
  /** PARSE_* of the latest check. */
  failure = PARSE_OK
  /** Address of the first byte beyond the limit. */
  position = 0
  readonly #llhttp: Llhttp
  readonly #recorder: Recorder
  readonly #limits: MessageLimits
  readonly #targetSpan: number
  readonly #nameSpan: number

  constructor(llhttp: Llhttp, recorder: Recorder, limits: MessageLimits) {
    this.#llhttp = llhttp
    this.#recorder = recorder
    this.#limits = limits
    this.#targetSpan = SPAN_CALLBACKS[llhttp.build].target
    this.#nameSpan = SPAN_CALLBACKS[llhttp.build].fieldName
  }

  /** Whether every byte before the address `end`, up to which llhttp has parsed, is within the limits. */
  passes(end: number): boolean {
    const recorder = this.#recorder
    this.failure = PARSE_OK
    this.position = end
    if (recorder.phase === PHASE_BODY && recorder.isChunked && !recorder.followGap(end)) {
      this.#breach(recorder.cursor, PARSE_CHUNK_EXTENSION_TOO_LARGE)
    } else if (recorder.phase === PHASE_HEAD) {
      this.#breach(recorder.origin + this.#limits.maxHeadBytes, PARSE_HEAD_TOO_LARGE)
      this.#checkTarget(end)
      this.#checkFields()
    } else if (recorder.phase === PHASE_TRAILERS) {
      // The empty line that ends the section is not part of what the limit is about, so that 0 allows none but it.
      this.#breach(recorder.origin + this.#limits.maxTrailerBytes + CRLF_BYTES, PARSE_TRAILER_TOO_LARGE)
      this.#checkFields()
    }
    return this.failure === PARSE_OK
  }

  #breach(position: number, failure: number): void {
    if (position >= this.position) return
    this.position = position
    this.failure = failure
  }

  #checkTarget(end: number): void {
    const { tape, section, origin } = this.#recorder
    let start = tape[section + HEAD_TARGET_START] as number
    let length = tape[section + HEAD_TARGET_LENGTH] as number
    const open = this.#llhttp.openSpan(this.#targetSpan)
    // llhttp reports no span that an error ends.
    if (open !== 0) {
      if (start === 0) start = open - origin
      length = end - origin - start
    }
    if (length > this.#limits.maxTargetBytes) {
      this.#breach(origin + start + this.#limits.maxTargetBytes, PARSE_TARGET_TOO_LONG)
    }
  }

  #checkFields(): void {
    const recorder = this.#recorder
    let excess = recorder.excessField
    if (excess === 0 && recorder.isFull && !recorder.isNameOpen)
      excess = this.#llhttp.openSpan(this.#nameSpan)
    if (excess !== 0) this.#breach(excess, PARSE_TOO_MANY_FIELDS)
  }
}
