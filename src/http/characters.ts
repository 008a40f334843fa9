/** One byte class as a lookup table: 1 at every member. */
export type ByteClass = Uint8Array

const classOf = (characters: string): ByteClass => {
  const table = new Uint8Array(256)
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = 1
  return table
}

const DIGITS = '0123456789'
const ALPHANUMERICS = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz${DIGITS}`

/** unreserved, RFC 3986, 2.3. */
export const UNRESERVED_BYTES = classOf(`${ALPHANUMERICS}-._~`)

/** unreserved / sub-delims, RFC 3986, 2.2 and 2.3: a reg-name but for its percent escapes. */
export const REG_NAME_BYTES = classOf(`${ALPHANUMERICS}-._~!$&'()*+,;=`)

/** HEXDIG in either case. */
export const HEX_BYTES = classOf(`${DIGITS}ABCDEFabcdef`)

/** The first byte of a scheme must be a letter and the rest in this class, RFC 3986, 3.1. */
export const SCHEME_BYTES = classOf(`${ALPHANUMERICS}+-.`)
