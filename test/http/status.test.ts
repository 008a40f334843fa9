import { STATUS_CODES } from 'node:http'
import { expect, test } from 'vitest'
import { hasNoBody, reasonPhrase, statusLine } from '../../src/http/status.ts'

/** Where node:http differs from the registry of RFC 9110 (418 and 509 are not in it). */
const DIFFERENT_IN_NODE = new Set(['413', '418', '422', '509'])

test('the reason phrases are those that node:http sends, but for the ones RFC 9110 renamed', () => {
  for (const [code, phrase] of Object.entries(STATUS_CODES)) {
    if (!DIFFERENT_IN_NODE.has(code)) expect(reasonPhrase(Number(code)), code).toBe(phrase)
  }
  expect([413, 422].map(reasonPhrase)).toEqual(['Content Too Large', 'Unprocessable Content'])
})

test('RFC 9112, 4: a status line is complete, and keeps the space before an empty reason phrase', () => {
  expect(statusLine(200)).toBe('HTTP/1.1 200 OK\r\n')
  expect(statusLine(599)).toBe('HTTP/1.1 599 \r\n')
  expect(statusLine(999)).toBe('HTTP/1.1 999 \r\n')
})

test.each([0, 99, 1000, -200, 200.5, Number.NaN, Number.POSITIVE_INFINITY])('%s is no status', (code) => {
  expect(() => statusLine(code)).toThrow(expect.objectContaining({ code: 'STATUS_INVALID' }))
})

test('RFC 9110, 6.4.1: 1xx, 204 and 304 end with their head, 205 does not', () => {
  const bodiless = Array.from({ length: 500 }, (_, i) => i + 100).filter(hasNoBody)
  expect(bodiless).toEqual([...Array.from({ length: 100 }, (_, i) => i + 100), 204, 304])
})
