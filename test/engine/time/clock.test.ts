import { expect, test } from 'vitest'
import { systemClock } from '../../../src/engine/time/clock.ts'
import { ManualClock } from '../../../src/engine/time/manual-clock.ts'

test('the manual clock moves both times together and only when told', () => {
  const clock = new ManualClock(5, 1_000)
  expect([clock.now(), clock.wallNow()]).toEqual([5, 1_000])
  clock.advance(2.5)
  expect([clock.now(), clock.wallNow()]).toEqual([7.5, 1_002.5])
})

test('due tickers fire in order of time, each at its own moment', () => {
  const clock = new ManualClock()
  const calls: string[] = []
  clock.every(30, () => calls.push(`slow ${clock.now()}`)).start()
  clock.every(20, () => calls.push(`fast ${clock.now()}`)).start()
  clock.advance(19)
  expect(calls).toEqual([])
  clock.advance(46)
  expect(calls).toEqual(['fast 20', 'slow 30', 'fast 40', 'slow 60', 'fast 60'])
  expect(clock.now()).toBe(65)
})

test('a ticker is created stopped, and counts from its latest start', () => {
  const clock = new ManualClock()
  let calls = 0
  const ticker = clock.every(10, () => calls++)
  clock.advance(100)
  expect([ticker.isRunning, calls]).toEqual([false, 0])
  ticker.start()
  clock.advance(5)
  ticker.start()
  clock.advance(5)
  expect([ticker.isRunning, calls]).toEqual([true, 1])
  ticker.stop()
  ticker.stop()
  clock.advance(100)
  expect([ticker.isRunning, calls]).toEqual([false, 1])
  ticker.start()
  clock.advance(9)
  expect(calls).toBe(1)
})

test('a ticker may stop itself or start another while the clock moves', () => {
  const clock = new ManualClock()
  const calls: string[] = []
  const second = clock.every(10, () => calls.push(`second ${clock.now()}`))
  const first = clock.every(10, () => {
    calls.push(`first ${clock.now()}`)
    first.stop()
    second.start()
  })
  first.start()
  clock.advance(30)
  expect(calls).toEqual(['first 10', 'second 20', 'second 30'])
})

test('the system clock is monotonic and its ticker starts and stops', () => {
  const before = systemClock.now()
  expect(systemClock.now()).toBeGreaterThanOrEqual(before)
  expect(Number.isInteger(systemClock.wallNow())).toBe(true)
  const ticker = systemClock.every(1_000_000, () => undefined)
  expect(ticker.isRunning).toBe(false)
  ticker.start()
  expect(ticker.isRunning).toBe(true)
  ticker.stop()
  expect(ticker.isRunning).toBe(false)
})

test('the ticker of the system clock repeats', async () => {
  await new Promise<void>((resolve) => {
    let calls = 0
    // The ticker is unref'ed; the interval of the test runner's own keeps the process up meanwhile.
    const ticker = systemClock.every(1, () => {
      calls++
      if (calls < 3) return
      ticker.stop()
      resolve()
    })
    ticker.start()
  })
})
