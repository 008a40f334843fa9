import { bench, do_not_optimize, summary } from 'mitata'
import { TimerWheel } from '../../dist/engine/time/timer-wheel.js'

/** Connections that have a deadline besides the one that is looked at: lists and heaps must be full-sized. */
const OTHERS = 8_000
const TIMEOUT_MS = 5_000
const BATCH = 10_000

/** @implements {Node} */
class Waiting {
  /** @type {Node | null} */
  wheelNext = null
  /** @type {Node | null} */
  wheelPrevious = null
  wheelDeadline = 0
  wheelSlot = -1
  fired = 0

  onDeadline() {
    this.fired++
  }
}

/** @typedef {import('../../dist/engine/time/timer-wheel.js').WheelNode} Node */

const noop = () => {}

summary(() => {
  bench('arm and cancel: wheel', function* () {
    const wheel = new TimerWheel()
    for (let i = 0; i < OTHERS; i++) wheel.arm(new Waiting(), TIMEOUT_MS + i)
    const node = new Waiting()
    yield () => {
      wheel.arm(node, TIMEOUT_MS)
      wheel.cancel(node)
    }
  }).baseline(true)
  bench('arm and cancel: setTimeout', function* () {
    const others = Array.from({ length: OTHERS }, () => setTimeout(noop, TIMEOUT_MS))
    yield () => clearTimeout(setTimeout(noop, TIMEOUT_MS))
    others.forEach(clearTimeout)
  })
})

summary(() => {
  bench('refresh: wheel', function* () {
    const wheel = new TimerWheel()
    for (let i = 0; i < OTHERS; i++) wheel.arm(new Waiting(), TIMEOUT_MS + i)
    const node = new Waiting()
    let deadline = TIMEOUT_MS
    yield () => wheel.arm(node, deadline++)
  }).baseline(true)
  bench('refresh: timeout.refresh()', function* () {
    const others = Array.from({ length: OTHERS }, () => setTimeout(noop, TIMEOUT_MS))
    const timeout = setTimeout(noop, TIMEOUT_MS)
    yield () => timeout.refresh()
    others.forEach(clearTimeout)
    clearTimeout(timeout)
  })
})

/** The clock of setTimeout cannot be moved: it waits 1 ms once per batch, 100 ns per timer at most. */
summary(() => {
  bench(`arm and expire ${BATCH}: wheel`, function* () {
    const wheel = new TimerWheel()
    const nodes = Array.from({ length: BATCH }, () => new Waiting())
    yield () => {
      for (const node of nodes) wheel.arm(node, wheel.now + 1)
      wheel.advance(wheel.now + 1_000)
      do_not_optimize(wheel.size)
    }
  }).baseline(true)
  bench(`arm and expire ${BATCH}: setTimeout`, async () => {
    await new Promise((resolve) => {
      let left = BATCH
      const onTimeout = () => {
        if (--left === 0) resolve(undefined)
      }
      for (let i = 0; i < BATCH; i++) setTimeout(onTimeout, 1)
    })
  })
})
