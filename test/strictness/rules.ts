import type { Accepted, Refused } from './rule.ts'
import { CHUNKS_ACCEPTED, CHUNKS_REFUSED } from './rules/chunks.ts'
import { FIELDS_ACCEPTED, FIELDS_REFUSED } from './rules/fields.ts'
import { FRAMING_ACCEPTED, FRAMING_REFUSED } from './rules/framing.ts'
import { OTHER_PROTOCOLS_REFUSED } from './rules/other-protocols.ts'
import { REQUEST_LINE_ACCEPTED, REQUEST_LINE_REFUSED } from './rules/request-line.ts'

/** Every message that must not be processed. */
export const REFUSED: readonly Refused[] = [
  ...REQUEST_LINE_REFUSED,
  ...FIELDS_REFUSED,
  ...FRAMING_REFUSED,
  ...CHUNKS_REFUSED,
  ...OTHER_PROTOCOLS_REFUSED,
]

/** Messages that look odd and are valid: strict is not the same as picky. */
export const ACCEPTED: readonly Accepted[] = [
  ...REQUEST_LINE_ACCEPTED,
  ...FIELDS_ACCEPTED,
  ...FRAMING_ACCEPTED,
  ...CHUNKS_ACCEPTED,
]
