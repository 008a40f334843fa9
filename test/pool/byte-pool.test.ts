import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BytePool } from '../../src/pool/byte-pool.ts'

test.each([
  [0, 512],
  [1, 512],
  [512, 512],
  [513, 1_024],
  [1_024, 1_024],
  [1_025, 2_048],
  [32_769, 65_536],
  [65_536, 65_536],
  [65_537, 65_537],
  [1_000_001, 1_000_001],
])('a request for %i bytes is answered with %i', (minBytes, bytes) => {
  expect(new BytePool().acquire(minBytes).length).toBe(bytes)
})

test('a released buffer is lent again, to its own size class only', () => {
  const pool = new BytePool()
  const buffer = pool.acquire(600)
  pool.release(buffer)
  expect(pool.idleBytes).toBe(1_024)
  expect(pool.acquire(512)).not.toBe(buffer)
  expect(pool.acquire(1_025)).not.toBe(buffer)
  expect(pool.acquire(700)).toBe(buffer)
  expect(pool.idleBytes).toBe(0)
})

test('an oversize buffer is counted, taken back and never kept', () => {
  const pool = new BytePool()
  const buffer = pool.acquire(65_537)
  expect([pool.live, pool.oversize]).toEqual([1, 1])
  pool.release(buffer)
  expect([pool.live, pool.idleBytes]).toEqual([0, 0])
  expect(() => pool.release(buffer)).toThrow(/not lent/)
  expect(pool.acquire(65_537)).not.toBe(buffer)
})

test('a buffer that is not lent out is refused: foreign, a slice, another pool, released twice', () => {
  const pool = new BytePool()
  const buffer = pool.acquire(512)
  expect(() => pool.release(Buffer.allocUnsafeSlow(512))).toThrow(/not lent/)
  expect(() => pool.release(buffer.subarray(0))).toThrow(/not lent/)
  expect(() => new BytePool().release(buffer)).toThrow(/not lent/)
  pool.release(buffer)
  expect(() => pool.release(buffer)).toThrow(/not lent/)
  expect([pool.live, pool.idleBytes]).toEqual([0, 512])
})

test('a discarded buffer is never lent again, and counts as returned', () => {
  const pool = new BytePool()
  const buffer = pool.acquire(512)
  pool.discard(buffer)
  expect([pool.live, pool.idleBytes]).toEqual([0, 0])
  expect(pool.acquire(512)).not.toBe(buffer)
  expect(() => pool.discard(buffer)).toThrow(/not lent out/)
})

test('idle bytes stay within their bound', () => {
  const pool = new BytePool({ maxIdleBytes: 1_536 })
  const buffers = [pool.acquire(1_024), pool.acquire(1_024), pool.acquire(512)]
  for (const buffer of buffers) pool.release(buffer)
  expect([pool.idleBytes, pool.dropped, pool.live]).toEqual([1_536, 1, 0])
})

test('buffers share no memory, and whatever is acquired and released, none is lent twice', () => {
  const request = fc.oneof(fc.integer({ min: 0, max: 70_000 }), fc.integer({ min: 0, max: 2_000 }))
  fc.assert(
    fc.property(fc.array(fc.oneof(request, fc.constant(null))), (requests) => {
      const pool = new BytePool({ maxIdleBytes: 8_192 })
      const lent: Buffer[] = []
      for (const minBytes of requests) {
        if (minBytes === null) {
          const buffer = lent.shift()
          if (buffer !== undefined) pool.release(buffer)
        } else {
          const buffer = pool.acquire(minBytes)
          expect(buffer.length).toBeGreaterThanOrEqual(minBytes)
          expect(lent.some((other) => other.buffer === buffer.buffer)).toBe(false)
          lent.push(buffer)
        }
        expect(pool.live).toBe(lent.length)
        expect(pool.idleBytes).toBeLessThanOrEqual(8_192)
      }
    }),
  )
})
