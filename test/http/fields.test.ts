import { expect, test } from 'vitest'
import { isFieldValue, isToken } from '../../src/http/fields.ts'

const TCHAR = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]$/
const codes = Array.from({ length: 0x300 }, (_, code) => code)

test('RFC 9110, 5.6.2: a token is one or more tchar', () => {
  for (const code of codes) {
    const character = String.fromCharCode(code)
    expect(isToken(`a${character}b`), `U+${code.toString(16)}`).toBe(TCHAR.test(character))
  }
  expect(isToken('')).toBe(false)
  expect(isToken('x-request-id')).toBe(true)
})

test('RFC 9110, 5.5: a field value is visible latin1, space and HTAB', () => {
  for (const code of codes) {
    const isAllowed = code === 0x09 || (code >= 0x20 && code <= 0xff && code !== 0x7f)
    expect(isFieldValue(`a${String.fromCharCode(code)}b`), `U+${code.toString(16)}`).toBe(isAllowed)
  }
  expect(isFieldValue('')).toBe(true)
})

test('RFC 9110, 5.5: a value that would end its field or start another is refused wherever the control stands', () => {
  for (const value of ['\r', 'a\n', '\na', 'a\r\nSet-Cookie: b=c', 'a\0', '\ud83d\ude00']) {
    expect(isFieldValue(value), JSON.stringify(value)).toBe(false)
  }
})
