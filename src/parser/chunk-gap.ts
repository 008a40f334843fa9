const DATA_CR = 0
const DATA_LF = 1
const SIZE_START = 2
const SIZE_ZERO = 3
const SIZE = 4
const EXTENSION = 5
const SIZE_LF = 6
/** As EXTENSION and SIZE_LF, of the last chunk: its size is 0. */
const LAST_EXTENSION = 7
const LAST_LF = 8
const TRAILERS = 9

/** Before the first chunk of a message. */
export const GAP_START = SIZE_START

const CR = 0x0d
const SEMICOLON = 0x3b
const ZERO = 0x30

/**
 * Follows what stands between pieces of chunked data (RFC 9112, 7.1): [CRLF] size [extensions] CRLF. llhttp has no
 * callback for extensions in these builds, and ignores them without bound. Counted as extension are the bytes from
 * ';' to the end of the line, and superfluous zeros in front of the size.
 *
 * Sees only bytes that llhttp accepted, so it has no errors of its own. Two numbers are its whole state.
 */
export class ChunkGap {
  state = GAP_START
  /** Of this message so far. */
  extensionBytes = 0

  restore(state: number, extensionBytes: number): void {
    this.state = state
    this.extensionBytes = extensionBytes
  }

  /** The last chunk's line has ended. */
  get isBehindLastChunk(): boolean {
    return this.state === TRAILERS
  }

  /**
   * Follows bytes[at, end). Stops early, and returns where: behind the last chunk's line, or at the byte that makes
   * more than `maxExtensionBytes`.
   */
  scan(bytes: Uint8Array, at: number, end: number, maxExtensionBytes: number): number {
    let { state, extensionBytes } = this
    while (at < end && state !== TRAILERS && extensionBytes <= maxExtensionBytes) {
      const byte = bytes[at] as number
      switch (state) {
        case DATA_CR:
          state = DATA_LF
          break
        case DATA_LF:
          state = SIZE_START
          break
        case SIZE_START:
          state = byte === ZERO ? SIZE_ZERO : SIZE
          break
        case SIZE_ZERO:
          if (byte === CR) state = LAST_LF
          else {
            extensionBytes++
            if (byte === SEMICOLON) state = LAST_EXTENSION
            else if (byte !== ZERO) state = SIZE
          }
          break
        case SIZE:
          if (byte === CR) state = SIZE_LF
          else if (byte === SEMICOLON) {
            extensionBytes++
            state = EXTENSION
          }
          break
        case EXTENSION:
        case LAST_EXTENSION:
          if (byte === CR) state++
          else extensionBytes++
          break
        default:
          state = state === LAST_LF ? TRAILERS : DATA_CR
      }
      at++
    }
    this.state = state
    this.extensionBytes = extensionBytes
    return extensionBytes > maxExtensionBytes ? at - 1 : at
  }
}
