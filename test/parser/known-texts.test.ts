import { describe, expect, test } from 'vitest'
import { knownText } from '../../src/parser/known-texts.ts'

const read = (text: string, offset = 0): string => {
  const bytes = Buffer.from(`${'#'.repeat(offset)}${text}#`, 'latin1')
  return knownText(bytes, offset, offset + text.length)
}

describe('knownText', () => {
  test.each([
    '',
    '/',
    '/json',
    'example.com:8080',
    '/caf\xe9\xff\x80',
    'x'.repeat(24),
    'y'.repeat(25),
    'z'.repeat(9000),
  ])('%j is what it is, the first time and after', (text) => {
    expect([read(text), read(text), read(text, 7)]).toEqual([text, text, text])
  })

  test('more texts than it keeps, many of one hash, are told apart', () => {
    const texts = Array.from({ length: 4096 }, (_, i) => i.toString(2).padStart(12, '0'))
    for (let round = 0; round < 2; round++) for (const text of texts) expect(read(text)).toBe(text)
  })

  test('what it remembers does not follow the bytes it was read from', () => {
    const bytes = Buffer.from('/before', 'latin1')
    const text = knownText(bytes, 0, 7)
    bytes.fill('x')
    expect([text, knownText(bytes, 0, 7)]).toEqual(['/before', 'xxxxxxx'])
  })
})
