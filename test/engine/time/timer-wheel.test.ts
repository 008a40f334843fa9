import { expect, test } from 'vitest'
import { TimerWheel } from '../../../src/engine/time/timer-wheel.ts'
import { Probe } from './probe.ts'

const TICK_MS = 10

const createWheel = (slots = 8): TimerWheel => new TimerWheel({ tickMs: TICK_MS, slots })

/** Advances tick by tick, as a ticker does. */
const runUntil = (wheel: TimerWheel, endMs: number): void => {
  for (let ms = wheel.now + TICK_MS; ms <= endMs; ms += TICK_MS) wheel.advance(ms)
}

test('a node fires once, in the first advance that is a tick past its deadline', () => {
  const wheel = createWheel()
  const node = new Probe()
  wheel.arm(node, 25)
  wheel.advance(34)
  expect(node.firedAt).toEqual([])
  wheel.advance(35)
  wheel.advance(35)
  runUntil(wheel, 500)
  expect(node.firedAt).toEqual([35])
})

test('a timeout armed between two ticks never ends early, and less than two ticks late', () => {
  for (let timeoutMs = 1; timeoutMs < 200; timeoutMs += 7) {
    for (let phaseMs = 0; phaseMs < TICK_MS; phaseMs += 0.25) {
      const wheel = new TimerWheel({ tickMs: TICK_MS, slots: 8, startMs: phaseMs })
      for (let ageMs = 0; ageMs < TICK_MS; ageMs += 1.5) {
        const tickedAt = wheel.now + TICK_MS
        wheel.advance(tickedAt)
        const node = new Probe()
        wheel.arm(node, wheel.now + timeoutMs)
        const lastMs = tickedAt + timeoutMs + 4 * TICK_MS
        for (let ms = tickedAt; ms <= lastMs; ms += TICK_MS) wheel.advance(ms)
        const lateMs = (node.firedAt[0] as number) - (tickedAt + ageMs + timeoutMs)
        expect(lateMs).toBeGreaterThanOrEqual(0)
        expect(lateMs).toBeLessThan(2 * TICK_MS)
      }
    }
  }
})

test('the first advance after a fractional one does not fire early either', () => {
  const wheel = createWheel()
  const node = new Probe()
  wheel.advance(10.25)
  expect(wheel.now).toBe(11)
  wheel.arm(node, wheel.now + 10)
  wheel.advance(30.75)
  expect(node.firedAt).toEqual([])
  wheel.advance(31)
  expect(node.firedAt).toEqual([31])
})

test('a refreshed node keeps its slot and fires by its last deadline', () => {
  const wheel = createWheel()
  const node = new Probe()
  wheel.arm(node, 20)
  const slot = node.wheelSlot
  wheel.arm(node, 60)
  expect([node.wheelSlot, node.wheelDeadline, wheel.size]).toEqual([slot, 60, 1])
  runUntil(wheel, 200)
  expect(node.firedAt).toEqual([70])
})

test('a deadline moved forward is kept, before and after a lazy refresh', () => {
  const wheel = createWheel()
  const moved = new Probe()
  const refreshed = new Probe()
  wheel.arm(moved, 60)
  wheel.arm(moved, 20)
  wheel.arm(refreshed, 40)
  wheel.arm(refreshed, 60)
  wheel.arm(refreshed, 45)
  runUntil(wheel, 200)
  expect([moved.firedAt, refreshed.firedAt]).toEqual([[30], [60]])
})

test('a deadline several revolutions away fires in its own', () => {
  const wheel = createWheel(4)
  const node = new Probe()
  wheel.arm(node, 1_000)
  runUntil(wheel, 1_000)
  expect([node.firedAt, wheel.size]).toEqual([[], 1])
  runUntil(wheel, 1_010)
  expect(node.firedAt).toEqual([1_010])
})

test('one jump over many revolutions fires what is due and keeps what is not', () => {
  const wheel = createWheel(4)
  const nodes = [5, 50, 500, 5_000].map((deadlineMs) => {
    const node = new Probe()
    wheel.arm(node, deadlineMs)
    return node
  })
  wheel.advance(4_000)
  expect(nodes.map((node) => node.firedAt.length)).toEqual([1, 1, 1, 0])
  expect(wheel.size).toBe(1)
  wheel.advance(5_010)
  expect(nodes.map((node) => node.firedAt.length)).toEqual([1, 1, 1, 1])
})

test('a cancelled node does not fire, holds no neighbour and may be armed again', () => {
  const wheel = createWheel()
  const nodes = [new Probe(), new Probe(), new Probe()] as const
  for (const node of nodes) wheel.arm(node, 20)
  wheel.cancel(nodes[1])
  wheel.cancel(nodes[1])
  expect(wheel.size).toBe(2)
  expect(nodes[1]).toMatchObject({ wheelNext: null, wheelPrevious: null, wheelDeadline: 0, wheelSlot: -1 })
  runUntil(wheel, 50)
  expect(nodes.map((node) => node.firedAt)).toEqual([[30], [], [30]])
  wheel.arm(nodes[1], 70)
  runUntil(wheel, 100)
  expect(nodes[1].firedAt).toEqual([80])
})

test('time set forward between advances fires nothing by itself and makes what follows exact', () => {
  const wheel = createWheel()
  const node = new Probe()
  wheel.arm(node, 20)
  wheel.now = 200
  expect(node.firedAt).toEqual([])
  wheel.arm(node, wheel.now + 20)
  wheel.advance(229)
  expect(node.firedAt).toEqual([])
  wheel.advance(230)
  expect(node.firedAt).toEqual([230])
})

test('an earlier time changes nothing', () => {
  const wheel = createWheel()
  const node = new Probe()
  wheel.advance(100)
  wheel.arm(node, 105)
  wheel.advance(50)
  expect([wheel.now, node.firedAt]).toEqual([100, []])
})

test('a node may arm itself again when it fires, even for a moment already past', () => {
  const wheel = createWheel()
  const periodic = new Probe()
  periodic.action = (now) => wheel.arm(periodic, now + 20)
  const restless = new Probe()
  restless.action = () => wheel.arm(restless, 1)
  wheel.arm(periodic, 20)
  wheel.arm(restless, 20)
  runUntil(wheel, 100)
  expect(periodic.firedAt).toEqual([30, 60, 90])
  expect(restless.firedAt).toEqual([30, 40, 50, 60, 70, 80, 90, 100])
  expect(wheel.size).toBe(2)
})

test('a node that fires may cancel or refresh others due in the same advance', () => {
  const wheel = createWheel()
  const first = new Probe()
  const cancelled = new Probe()
  const refreshed = new Probe()
  const last = new Probe()
  for (const node of [first, cancelled, refreshed, last]) wheel.arm(node, 20)
  first.action = () => {
    wheel.cancel(cancelled)
    wheel.arm(refreshed, 50)
  }
  runUntil(wheel, 100)
  expect([first, cancelled, refreshed, last].map((node) => node.firedAt)).toEqual([[30], [], [60], [30]])
})

test('when a callback throws, the nodes behind it fire in the next advance', () => {
  const wheel = createWheel()
  const broken = new Probe()
  const behind = new Probe()
  const later = new Probe()
  broken.action = () => {
    throw new Error('broken')
  }
  wheel.arm(broken, 20)
  wheel.arm(behind, 20)
  wheel.arm(later, 60)
  expect(() => wheel.advance(40)).toThrow('broken')
  expect([behind.firedAt, wheel.size]).toEqual([[], 2])
  wheel.advance(50)
  runUntil(wheel, 100)
  expect([broken.firedAt, behind.firedAt, later.firedAt]).toEqual([[40], [50], [70]])
})

test('an advance fires no more than maxFired, and says that another one has to fire the rest', () => {
  const wheel = new TimerWheel({ tickMs: TICK_MS, slots: 8, maxFired: 2 })
  const nodes = Array.from({ length: 5 }, () => new Probe())
  const later = new Probe()
  for (const node of nodes) wheel.arm(node, 20)
  wheel.arm(later, 25)
  wheel.cancel(nodes[4] as Probe)
  expect([wheel.advance(31), wheel.advance(31), wheel.advance(31)]).toEqual([true, false, false])
  expect(nodes.map(({ firedAt }) => firedAt)).toEqual([[31], [31], [31], [31], []])
  expect([wheel.advance(35), later.firedAt, wheel.size]).toEqual([false, [35], 0])
})

test.each([
  [{ tickMs: 0 }, 'tickMs'],
  [{ tickMs: Number.NaN }, 'tickMs'],
  [{ slots: 0 }, 'slots'],
  [{ slots: 1 }, 'slots'],
  [{ slots: 100 }, 'slots'],
  [{ slots: 2.5 }, 'slots'],
])('%j is refused by name', (options, name) => {
  expect(() => new TimerWheel(options)).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(name) }),
  )
})
