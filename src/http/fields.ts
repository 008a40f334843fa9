// Expressions instead of loops over char codes: no slower on short names, several times faster on long values and on
// strings joined from parts, which V8 flattens once for the whole match.

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** RFC 9110, 5.6.2: one or more tchar. */
export const isToken = (text: string): boolean => TOKEN.test(text)

/**
 * RFC 9110, 5.5: visible characters, space, HTAB and obs-text. A CR, LF or NUL would end the field or the message; what
 * does not fit latin1 would change when it is written. An empty value is valid.
 */
export const isFieldValue = (text: string): boolean => FIELD_VALUE.test(text)
