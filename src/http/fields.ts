// Expressions are several times faster than loops over char codes on long values and on strings joined from parts, which
// V8 flattens once for the whole match; below SHORT, starting one costs more than the loop.

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const SHORT = 32
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** RFC 9110, 5.6.2: one or more tchar. */
export const isToken = (text: string): boolean => TOKEN.test(text)

/**
 * RFC 9110, 5.5: visible characters, space, HTAB and obs-text. A CR, LF or NUL would end the field or the message; what
 * does not fit latin1 would change when it is written. An empty value is valid.
 */
export const isFieldValue = (text: string): boolean => {
  if (text.length > SHORT) return FIELD_VALUE.test(text)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code > 0x7e) return FIELD_VALUE.test(text)
  }
  return true
}
