/**
 * llhttp's parser state in WASM memory, as both pinned builds lay it out (a test holds them to it). Offsets in bytes
 * from the state's first byte, a multiple of 4.
 */

/** Everything that changes while parsing, and all of it position independent between two llhttp_execute calls. */
export const STATE_BYTES = 64
export const STATE_INTS = STATE_BYTES / 4

/** i32: where the open span began, 0 when none is open. */
export const STATE_SPAN_START = 4
/** i32: which callback the latest span belongs to. */
export const STATE_SPAN_CALLBACK = 8
/** i32: llhttp's error number; clearing HPE_PAUSED resumes. */
export const STATE_ERROR = 12
/** i32: the byte at which parsing stopped. */
export const STATE_ERROR_POSITION = 20
/** u64. */
export const STATE_CONTENT_LENGTH = 32
/** u8, like the following ones up to FINISH. */
export const STATE_METHOD = 41
export const STATE_MAJOR = 42
export const STATE_MINOR = 43
/** Which special field is being read. */
export const STATE_FIELD = 44
export const STATE_UPGRADE = 48
/** Whether the connection may end here: FINISH_*. */
export const STATE_FINISH = 49
/** u16. */
export const STATE_FLAGS = 50

/** The message ends where the connection ends. */
export const FINISH_AT_END = 1

/** In STATE_FIELD. */
export const FIELD_TRANSFER_ENCODING = 3

/** Set in STATE_FLAGS: no body follows whatever the fields say. */
export const FLAG_SKIP_BODY = 64

export const TYPE_REQUEST = 1
export const TYPE_RESPONSE = 2

/** What STATE_SPAN_CALLBACK holds during a target and during a field name. */
export const SPAN_CALLBACKS = {
  simd: { target: 16, fieldName: 17 },
  scalar: { target: 8, fieldName: 9 },
} as const

/** llhttp error numbers that steer the parser. */
export const HPE_OK = 0
export const HPE_PAUSED = 21
export const HPE_USER = 24
