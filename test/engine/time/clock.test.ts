import { expect, test, vi } from 'vitest'
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

test('the system clock is monotonic and its epoch time is in ms', () => {
  const before = systemClock.now()
  expect(systemClock.now()).toBeGreaterThanOrEqual(before)
  expect(Number.isInteger(systemClock.wallNow())).toBe(true)
})

test('a ticker of the system clock repeats from start to stop, and starting twice makes one', () => {
  vi.useFakeTimers()
  try {
    let calls = 0
    const ticker = systemClock.every(10, () => calls++)
    vi.advanceTimersByTime(100)
    expect([ticker.isRunning, calls]).toEqual([false, 0])
    ticker.start()
    ticker.start()
    vi.advanceTimersByTime(35)
    expect([ticker.isRunning, calls, vi.getTimerCount()]).toEqual([true, 3, 1])
    ticker.stop()
    ticker.stop()
    vi.advanceTimersByTime(100)
    expect([ticker.isRunning, calls, vi.getTimerCount()]).toEqual([false, 3, 0])
  } finally {
    vi.useRealTimers()
  }
})

test('a running ticker of the system clock does not hold the process', () => {
  const countHolders = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const before = countHolders()
  const holder = setInterval(() => undefined, 1_000_000)
  expect(countHolders()).toBe(before + 1)
  clearInterval(holder)
  const ticker = systemClock.every(1_000_000, () => undefined)
  ticker.start()
  expect(countHolders()).toBe(before)
  ticker.stop()
})
