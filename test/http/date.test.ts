import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DateCache } from '../../src/http/date.ts'

const YEAR_9999_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

test('RFC 9110, 5.6.7: the value is the IMF-fixdate of the moment', () => {
  const cache = new DateCache()
  cache.update(784_111_777_000)
  expect(cache.value).toBe('Sun, 06 Nov 1994 08:49:37 GMT')
})

test('the value equals toUTCString after any sequence of moments, and update tells whether it changed', () => {
  const moment = fc.oneof(fc.integer({ min: 0, max: YEAR_9999_MS }), fc.integer({ min: 0, max: 3_000 }))
  fc.assert(
    fc.property(fc.array(moment), (moments) => {
      const cache = new DateCache()
      for (const ms of moments) {
        const before = cache.value
        const changed = cache.update(ms)
        expect(cache.value).toBe(new Date(ms).toUTCString())
        expect(changed).toBe(cache.value !== before)
      }
    }),
  )
})

test('the string is the same object within a second and follows a clock that is set back', () => {
  const cache = new DateCache()
  expect(cache.update(5_000)).toBe(true)
  expect(cache.update(5_999)).toBe(false)
  expect(cache.update(6_000)).toBe(true)
  expect(cache.update(5_999)).toBe(true)
  expect(cache.value).toBe(new Date(5_000).toUTCString())
})
