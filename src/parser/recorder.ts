import { isSafeMethod } from '../http/methods.ts'
import { ChunkGap, GAP_START } from './chunk-gap.ts'
import {
  PARSE_INVALID_LINE_END,
  PARSE_INVALID_TRAILER,
  PARSE_INVALID_TRANSFER_ENCODING,
  PARSE_OK,
} from './failures.ts'
import { hasNoBody, requestFlags, responseFlags } from './framing.ts'
import type { Callbacks } from './llhttp.ts'
import {
  FIELD_TRANSFER_ENCODING,
  FLAG_SKIP_BODY,
  HPE_OK,
  HPE_PAUSED,
  HPE_USER,
  STATE_CONTENT_LENGTH,
  STATE_FIELD,
  STATE_FLAGS,
  STATE_MAJOR,
  STATE_METHOD,
  STATE_MINOR,
  STATE_UPGRADE,
} from './memory-map.ts'
import type { ParkedMessage } from './parked-message.ts'
import { PHASE_BODY, PHASE_HEAD, PHASE_NONE, PHASE_TRAILERS } from './phases.ts'
import {
  bareLineEndPosition,
  isLineEndByte,
  judgeRequestLine,
  judgeStatusLine,
  skipEmptyLines,
} from './start-line.ts'
import {
  BODY_INTS,
  END_INTS,
  EVENT_BODY,
  EVENT_END,
  EVENT_HEAD,
  EVENT_TRAILERS,
  FIELD_INTS,
  FLAG_CARRIED,
  FLAG_CHUNKED,
  FLAG_HAS_BODY,
  FLAG_KEEP_ALIVE,
  FLAG_UPGRADE,
  HEAD_CONTENT_LENGTH_HIGH,
  HEAD_CONTENT_LENGTH_LOW,
  HEAD_FIELD_COUNT,
  HEAD_FIELDS,
  HEAD_FLAGS,
  HEAD_LENGTH,
  HEAD_MAJOR,
  HEAD_METHOD,
  HEAD_MINOR,
  HEAD_START,
  HEAD_STATUS,
  HEAD_TARGET_LENGTH,
  HEAD_TARGET_START,
} from './tape.ts'
import { hasForbiddenTrailer } from './trailer-fields.ts'

const SPACE = 0x20
const TAB = 0x09

export interface RecorderLimits {
  readonly maxHeadBytes: number
  readonly maxTargetBytes: number
  readonly maxFields: number
  readonly maxChunkExtensionBytes: number
}

/**
 * What llhttp calls: writes spans onto the tape and decides where to stop. All addresses are llhttp's; those of a
 * section that began in an earlier read lie in front of the window, where its first byte would be had it stayed.
 */
export class Recorder implements Callbacks {
  readonly tape: Int32Array
  tapeEnd = 0
  /** PHASE_*. */
  phase = PHASE_NONE
  /** Messages that may still be completed. */
  budget = 0
  /** The latest message complete is the last one to be parsed now. */
  isDone = false
  /** The message ends what this connection may parse now: see MessageParser.execute. */
  isLast = false
  /** Everything before this address is accounted for. */
  cursor = 0
  /** Address behind the last byte to be parsed now. */
  limit = 0
  /** Where the section's record begins on the tape. */
  section = 0
  /** Address of the section's first byte. */
  origin = 0
  /** The section began in an earlier read. */
  isCarried = false
  isNameOpen = false
  /** Address of a field name beyond maxFields, 0 while there is none. */
  excessField = 0
  /** PARSE_*: what llhttp lets through and this parser does not. */
  fault = PARSE_OK
  /** The message's HEAD_FLAGS. */
  flags = 0
  readonly gap = new ChunkGap()
  acceptUpgrade = false
  skipBody = false
  readonly #isResponse: boolean
  readonly #limits: RecorderLimits
  #bytes: Uint8Array = new Uint8Array(0)
  #ints: Int32Array = new Int32Array(0)
  #state = 0
  #base = 0
  /** Tape index at which there is no room for another field of this section; 0 outside of sections. */
  #fieldLimit = 0
  /** Address behind the last value, before its line end. */
  #valueEnd = 0

  constructor(isResponse: boolean, tapeInts: number, limits: RecorderLimits) {
    this.#isResponse = isResponse
    this.#limits = limits
    this.tape = new Int32Array(tapeInts)
  }

  /** Tells where the memory is; llhttp calls nothing before. */
  attach(bytes: Uint8Array, ints: Int32Array, state: number, base: number): void {
    this.#bytes = bytes
    this.#ints = ints
    this.#state = state
    this.#base = base
  }

  get isChunked(): boolean {
    return (this.flags & FLAG_CHUNKED) !== 0 && (this.flags & FLAG_HAS_BODY) !== 0
  }

  /** Another field would be one too many. */
  get isFull(): boolean {
    return this.tapeEnd >= this.#fieldLimit
  }

  onMessageBegin(): number {
    const bytes = this.#bytes
    const at = skipEmptyLines(bytes, this.cursor, this.limit)
    if (isLineEndByte(bytes[at])) {
      this.cursor = bareLineEndPosition(bytes, at)
      this.fault = PARSE_INVALID_LINE_END
      return HPE_USER
    }
    // An unfinished version must not be read as that of the message before.
    bytes[this.#state + STATE_MAJOR] = 0
    bytes[this.#state + STATE_MINOR] = 0
    this.openSection(EVENT_HEAD, PHASE_HEAD, at)
    return HPE_OK
  }

  openSection(event: number, phase: number, origin: number): void {
    const { tape } = this
    const at = this.tapeEnd
    tape[at] = event
    tape[at + HEAD_TARGET_START] = 0
    tape[at + HEAD_TARGET_LENGTH] = 0
    this.origin = origin
    this.isCarried = false
    this.isNameOpen = false
    this.#enterSection(phase, at, at + HEAD_FIELDS)
  }

  #enterSection(phase: number, section: number, tapeEnd: number): void {
    this.phase = phase
    this.section = section
    this.tapeEnd = tapeEnd
    this.excessField = 0
    this.fault = PARSE_OK
    this.#fieldLimit = section + HEAD_FIELDS + FIELD_INTS * this.#limits.maxFields
  }

  onTarget(at: number, length: number): number {
    const { tape, section } = this
    if (tape[section + HEAD_TARGET_START] === 0) tape[section + HEAD_TARGET_START] = at - this.origin
    const total = (tape[section + HEAD_TARGET_LENGTH] as number) + length
    tape[section + HEAD_TARGET_LENGTH] = total
    return total > this.#limits.maxTargetBytes ? HPE_USER : HPE_OK
  }

  onFieldName(at: number, length: number): number {
    const { tape } = this
    if (this.isNameOpen) {
      ;(tape[this.tapeEnd - 3] as number) += length
      return HPE_OK
    }
    if (this.tapeEnd >= this.#fieldLimit) {
      if (this.phase !== PHASE_BODY) {
        this.excessField = at
        return HPE_USER
      }
      if (!this.followGap(at)) return HPE_USER
    }
    const end = this.tapeEnd
    tape[end] = at - this.origin
    tape[end + 1] = length
    tape[end + 2] = 0
    tape[end + 3] = 0
    this.tapeEnd = end + FIELD_INTS
    this.isNameOpen = true
    return HPE_OK
  }

  onFieldValue(at: number, length: number): number {
    const { tape, tapeEnd } = this
    const bytes = this.#bytes
    if (this.isNameOpen) {
      this.isNameOpen = false
      // llhttp takes an empty Transfer-Encoding for none; another recipient may not (RFC 9112, 6.1 and 11.2).
      if (length === 0 && bytes[this.#state + STATE_FIELD] === FIELD_TRANSFER_ENCODING) {
        this.fault = PARSE_INVALID_TRANSFER_ENCODING
        return HPE_USER
      }
      tape[tapeEnd - 2] = at - this.origin
    }
    let end = at + length
    this.#valueEnd = end
    while (end > at && (bytes[end - 1] === SPACE || bytes[end - 1] === TAB)) end--
    if (end > at) tape[tapeEnd - 1] = end - this.origin - (tape[tapeEnd - 2] as number)
    return HPE_OK
  }

  onHeadersComplete(status: number, upgrade: number, keepAlive: number): number {
    this.#judgeFraming(status, upgrade !== 0, keepAlive !== 0)
    const { tape, tapeEnd } = this
    // Without a value in these bytes the end of the head cannot be told from here: ask llhttp where it stands.
    if (this.isCarried || tapeEnd === this.section + HEAD_FIELDS) return HPE_PAUSED
    // An empty value is reported behind its line end, another one before it.
    const end = this.#valueEnd + (tape[tapeEnd - 1] === 0 ? 2 : 4)
    if (end - this.origin > this.#limits.maxHeadBytes) return HPE_USER
    return this.closeHead(end, this.#bytes, this.origin) ? HPE_OK : HPE_USER
  }

  /** Writes what llhttp knows of the head, and decides whether a body follows and whether anything may follow that. */
  #judgeFraming(status: number, wantsUpgrade: boolean, mayPersist: boolean): void {
    const { tape, section } = this
    const bytes = this.#bytes
    const state = this.#state
    const method = bytes[state + STATE_METHOD] as number
    const minor = bytes[state + STATE_MINOR] as number
    const low = this.#ints[(state + STATE_CONTENT_LENGTH) >> 2] as number
    const high = this.#ints[(state + STATE_CONTENT_LENGTH + 4) >> 2] as number
    const bits = (bytes[state + STATE_FLAGS] as number) | ((bytes[state + STATE_FLAGS + 1] as number) << 8)
    const isLong = (low | high) !== 0
    let flags: number
    if (this.#isResponse) {
      const isBodiless = this.skipBody || hasNoBody(status)
      flags = responseFlags(bits, status, minor, isLong, isBodiless, mayPersist)
      if (isBodiless) bytes[state + STATE_FLAGS] = (bits | FLAG_SKIP_BODY) & 0xff
      this.isLast = false
    } else {
      flags = requestFlags(bits, method, minor, isLong, wantsUpgrade && this.acceptUpgrade, mayPersist)
      this.isLast = !isSafeMethod(method)
    }
    if ((flags & FLAG_UPGRADE) === 0) bytes[state + STATE_UPGRADE] = 0
    if ((flags & FLAG_UPGRADE) !== 0 || (flags & FLAG_KEEP_ALIVE) === 0) this.isLast = true
    this.flags = flags
    tape[section + HEAD_METHOD] = method
    tape[section + HEAD_MINOR] = minor
    tape[section + HEAD_MAJOR] = bytes[state + STATE_MAJOR] as number
    tape[section + HEAD_STATUS] = status
    tape[section + HEAD_CONTENT_LENGTH_LOW] = low
    tape[section + HEAD_CONTENT_LENGTH_HIGH] = high
  }

  /**
   * The head is complete and within its limits; `end` is the address behind it. Its bytes are those at `start` in
   * `bytes`. False when the start line has a fault.
   */
  closeHead(end: number, bytes: Uint8Array, start: number): boolean {
    this.fault = this.#isResponse ? judgeStatusLine(bytes, start) : this.#judgeRequestLine(bytes, start)
    if (this.fault !== PARSE_OK) return false
    this.#closeSection(end, this.flags)
    this.phase = PHASE_BODY
    this.#fieldLimit = 0
    this.cursor = end
    if (this.isChunked) this.gap.restore(GAP_START, 0)
    return true
  }

  #judgeRequestLine(bytes: Uint8Array, start: number): number {
    const target = start + (this.tape[this.section + HEAD_TARGET_START] as number)
    return judgeRequestLine(bytes, target, target + (this.tape[this.section + HEAD_TARGET_LENGTH] as number))
  }

  #closeSection(end: number, flags: number): void {
    const { tape, section } = this
    tape[section + HEAD_FLAGS] = this.isCarried ? flags | FLAG_CARRIED : flags
    tape[section + HEAD_START] = this.isCarried ? 0 : this.origin - this.#base
    tape[section + HEAD_LENGTH] = end - this.origin
    tape[section + HEAD_FIELD_COUNT] = (this.tapeEnd - section - HEAD_FIELDS) / FIELD_INTS
  }

  onBody(at: number, length: number): number {
    if (this.isChunked && !this.followGap(at)) return HPE_USER
    this.cursor = at + length
    if (length === 0) return HPE_OK
    const { tape, tapeEnd } = this
    tape[tapeEnd] = EVENT_BODY
    tape[tapeEnd + 1] = at - this.#base
    tape[tapeEnd + 2] = length
    this.tapeEnd = tapeEnd + BODY_INTS
    return HPE_OK
  }

  /** Accounts for the bytes between chunks up to `end`. False when the extensions are too large: see `cursor`. */
  followGap(end: number): boolean {
    const { gap } = this
    const { maxChunkExtensionBytes } = this.#limits
    if (gap.extensionBytes > maxChunkExtensionBytes) return false
    this.cursor = gap.scan(this.#bytes, this.cursor, end, maxChunkExtensionBytes)
    if (gap.extensionBytes > maxChunkExtensionBytes) return false
    if (gap.isBehindLastChunk) this.openSection(EVENT_TRAILERS, PHASE_TRAILERS, this.cursor)
    return true
  }

  onMessageComplete(): number {
    // Where a trailer section ends cannot be told from here either.
    if (this.isChunked) return HPE_PAUSED
    this.endMessage()
    return this.isDone ? HPE_PAUSED : HPE_OK
  }

  /**
   * The trailer section is complete and within its limits; `bytes`, `start` and `end` as in `closeHead`. An empty one
   * leaves no record. False when it holds a field that may not be there.
   */
  closeTrailers(end: number, bytes: Uint8Array, start: number): boolean {
    const { tape, tapeEnd, section } = this
    const fields = section + HEAD_FIELDS
    if (tapeEnd === fields) {
      this.tapeEnd = section
    } else if (hasForbiddenTrailer(bytes, start, tape, fields, tapeEnd)) {
      this.fault = PARSE_INVALID_TRAILER
      return false
    } else {
      this.#closeSection(end, 0)
    }
    this.endMessage()
    return true
  }

  endMessage(): void {
    this.tape[this.tapeEnd] = EVENT_END
    this.tapeEnd += END_INTS
    this.phase = PHASE_NONE
    this.isDone = --this.budget <= 0 || this.isLast
  }

  /** Saves an unfinished message; its section leaves the tape. The section's bytes are the caller's to save. */
  park(message: ParkedMessage): void {
    message.phase = this.phase
    message.flags = this.flags
    message.isLast = this.isLast
    message.gapState = this.gap.state
    message.extensionBytes = this.gap.extensionBytes
    if (this.phase === PHASE_BODY) return
    message.isNameOpen = this.isNameOpen
    message.saveRecord(this.tape, this.section, this.tapeEnd)
    this.dropSection()
  }

  /** Goes on with a saved message, whose next byte is at the address `at`. */
  unpark(message: ParkedMessage, at: number): void {
    this.phase = message.phase
    this.flags = message.flags
    this.isLast = message.isLast
    this.gap.restore(message.gapState, message.extensionBytes)
    if (this.phase === PHASE_BODY) {
      this.tapeEnd = 0
      this.#fieldLimit = 0
      return
    }
    this.isNameOpen = message.isNameOpen
    this.isCarried = true
    this.origin = at - message.headBytes
    this.#enterSection(this.phase, 0, message.loadRecord(this.tape))
  }

  dropSection(): void {
    this.tapeEnd = this.section
  }
}
