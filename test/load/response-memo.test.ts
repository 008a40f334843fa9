import { expect, test } from 'vitest'
import { ResponseMemo } from '../../src/load/response-memo.ts'

test.each([1, 3, 4, 37, 40, 2_048])(
  'a response of %i bytes is known again, and not when one byte differs',
  (length) => {
    const window = Buffer.alloc(4_096, 'abcdefg')
    const memo = new ResponseMemo(window)
    expect(memo.matches(length)).toBe(false)
    memo.keep(length, 204, 'status')
    expect(memo).toMatchObject({ status: 204, failure: 'status' })
    // What follows it in the window belongs to another time.
    window.fill(0, length)
    expect(memo.matches(length)).toBe(true)
    expect(memo.matches(length - 1)).toBe(false)
    expect(memo.matches(length + 1)).toBe(false)
    for (let i = 0; i < length; i++) {
      ;(window[i] as number) ^= 1
      expect(memo.matches(length)).toBe(false)
      ;(window[i] as number) ^= 1
    }
  },
)

test('a response that is too long to compare is not kept, and what was kept stays', () => {
  const window = Buffer.alloc(4_096)
  const memo = new ResponseMemo(window)
  memo.keep(10, 200, null)
  memo.keep(2_049, 500, null)
  expect(memo.status).toBe(200)
  expect(memo.matches(2_049)).toBe(false)
  expect(memo.matches(10)).toBe(true)
})
