import { TOKEN_BYTES } from './characters.ts'

/** RFC 9110, 5.6.2: one or more tchar. */
export const isToken = (text: string): boolean => {
  const { length } = text
  for (let i = 0; i < length; i++) {
    if (TOKEN_BYTES[text.charCodeAt(i)] !== 1) return false
  }
  return length > 0
}

const HTAB = 0x09
const SPACE = 0x20
const DEL = 0x7f
const MAX_LATIN1 = 0xff

/**
 * RFC 9110, 5.5: visible characters, space, HTAB and obs-text. A CR, LF or NUL would end the field or the message; what
 * does not fit latin1 would change when it is written. An empty value is valid.
 */
export const isFieldValue = (text: string): boolean => {
  const { length } = text
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code < SPACE ? code !== HTAB : code === DEL || code > MAX_LATIN1) return false
  }
  return true
}
