/**
 * The tape: what `MessageParser.execute` found, as records of 32-bit integers one after another. Nobody is called
 * back while bytes are parsed; the connection reads the tape when `execute` has returned.
 *
 *     HEAD      [EVENT_HEAD, method, flags, minor, major, status, start, length, target start, target length,
 *                content length low, high, field count, then per field: name start, name length, value start, value length]
 *     BODY      [EVENT_BODY, start, length]        offsets in the window
 *     TRAILERS  laid out like HEAD; only flags, start, length, field count and fields are set
 *     END       [EVENT_END]
 *
 * `start` is an offset in `parser.window`, or in `parser.carried` when FLAG_CARRIED is set. Every other span of a head
 * or trailer section is relative to it, so that the record stays true when its bytes are copied.
 */

export const EVENT_HEAD = 1
export const EVENT_BODY = 2
export const EVENT_TRAILERS = 3
export const EVENT_END = 4

/** llhttp's number; see http/methods.ts. */
export const HEAD_METHOD = 1
export const HEAD_FLAGS = 2
export const HEAD_MINOR = 3
export const HEAD_MAJOR = 4
/** Of a response; 0 in a request. */
export const HEAD_STATUS = 5
export const HEAD_START = 6
/** From the first byte of the start line to after the empty line. */
export const HEAD_LENGTH = 7
export const HEAD_TARGET_START = 8
export const HEAD_TARGET_LENGTH = 9
export const HEAD_CONTENT_LENGTH_LOW = 10
export const HEAD_CONTENT_LENGTH_HIGH = 11
export const HEAD_FIELD_COUNT = 12
export const HEAD_FIELDS = 13

/** Integers per field. Values carry no surrounding whitespace; where an empty one starts means nothing. */
export const FIELD_INTS = 4
export const BODY_INTS = 3
export const END_INTS = 1

// The low bits are llhttp's own, so that they are taken over with one mask.
export const FLAG_CONNECTION_KEEP_ALIVE = 1
export const FLAG_CONNECTION_CLOSE = 2
export const FLAG_CHUNKED = 8
export const FLAG_CONTENT_LENGTH = 32
export const FLAG_TRANSFER_ENCODING = 512
/** The connection may persist after this message (RFC 9112, 9.3); nothing is parsed after one without it. */
export const FLAG_KEEP_ALIVE = 0x1_0000
/** What follows the message is another protocol: CONNECT, an Upgrade that the parser was told to accept, a 101. */
export const FLAG_UPGRADE = 0x2_0000
/** Body bytes are announced: a Content-Length above 0, chunks, or everything up to the end of the connection. */
export const FLAG_HAS_BODY = 0x4_0000
/** The end of a read cut the section: its bytes are in `parser.carried`. */
export const FLAG_CARRIED = 0x8_0000

/** The announced Content-Length in bytes, -1 when there is none. Exact up to 2 ** 53. */
export const contentLength = (tape: Int32Array, at: number): number =>
  ((tape[at + HEAD_FLAGS] as number) & FLAG_CONTENT_LENGTH) === 0
    ? -1
    : ((tape[at + HEAD_CONTENT_LENGTH_HIGH] as number) >>> 0) * 0x1_0000_0000 +
      ((tape[at + HEAD_CONTENT_LENGTH_LOW] as number) >>> 0)

/** Integers the record at `at` takes; the next one begins behind them. */
export const recordLength = (tape: Int32Array, at: number): number => {
  const event = tape[at]
  if (event === EVENT_END) return END_INTS
  if (event === EVENT_BODY) return BODY_INTS
  return HEAD_FIELDS + FIELD_INTS * (tape[at + HEAD_FIELD_COUNT] as number)
}
