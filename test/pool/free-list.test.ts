import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FreeList, type Poolable } from '../../src/pool/free-list.ts'

class Item implements Poolable {
  isPooled = false
}

const createList = (capacity: number): FreeList<Item> => new FreeList({ create: () => new Item(), capacity })

test('the object released last is lent first', () => {
  const list = createList(4)
  const first = list.acquire()
  const second = list.acquire()
  list.release(first)
  list.release(second)
  expect(list.acquire()).toBe(second)
  expect(list.acquire()).toBe(first)
  expect(list.created).toBe(2)
})

test('an object released twice is refused at once, and the list stays sound', () => {
  const list = createList(4)
  const item = list.acquire()
  list.release(item)
  expect(() => list.release(item)).toThrow(/twice/)
  expect([list.live, list.idle]).toEqual([0, 1])
  expect(list.acquire()).toBe(item)
  expect(list.acquire()).not.toBe(item)
})

test('an object dropped by a full list is refused a second time as well', () => {
  const list = createList(0)
  const item = list.acquire()
  list.release(item)
  expect(() => list.release(item)).toThrow(/twice/)
  expect([list.live, list.idle, list.dropped]).toEqual([0, 0, 1])
})

test('a discarded object is never lent again and counts as dropped', () => {
  const list = createList(4)
  const item = list.acquire()
  list.discard(item)
  expect(list.acquire()).not.toBe(item)
  expect(() => list.release(item)).toThrow(/twice/)
  expect(() => list.discard(item)).toThrow(/twice/)
  expect([list.live, list.idle, list.dropped]).toEqual([1, 0, 1])
})

test('a failing factory leaves the counters as they were', () => {
  const list = new FreeList<Item>({
    create: () => {
      throw new Error('no memory')
    },
    capacity: 1,
  })
  expect(() => list.acquire()).toThrow('no memory')
  expect([list.live, list.created]).toEqual([0, 0])
})

test('whatever is acquired and released, no object is lent twice and the counters add up', () => {
  fc.assert(
    fc.property(fc.nat({ max: 5 }), fc.array(fc.option(fc.nat())), (capacity, steps) => {
      const list = createList(capacity)
      const lent: Item[] = []
      let peak = 0
      for (const step of steps) {
        if (step === null || lent.length === 0) {
          const item = list.acquire()
          expect(lent).not.toContain(item)
          expect(item.isPooled).toBe(false)
          lent.push(item)
        } else {
          const [item] = lent.splice(step % lent.length, 1)
          list.release(item as Item)
        }
        peak = Math.max(peak, lent.length)
        expect([list.live, list.peak]).toEqual([lent.length, peak])
        expect(list.idle).toBeLessThanOrEqual(capacity)
        expect(list.created).toBe(list.live + list.idle + list.dropped)
      }
    }),
  )
})
