/** Where in a message the parser stands. */

/** Between messages: there is nothing to keep. */
export const PHASE_NONE = 0
export const PHASE_HEAD = 1
export const PHASE_BODY = 2
export const PHASE_TRAILERS = 3
