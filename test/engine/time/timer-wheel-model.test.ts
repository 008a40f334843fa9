import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TimerWheel } from '../../../src/engine/time/timer-wheel.ts'
import { Probe } from './probe.ts'

const NODES = 6

type Step =
  | { readonly kind: 'arm'; readonly node: number; readonly timeoutMs: number }
  | { readonly kind: 'cancel'; readonly node: number }
  | { readonly kind: 'advance'; readonly ms: number }
  /** What the node does when it fires: arm or cancel a node, itself included. */
  | {
      readonly kind: 'script'
      readonly node: number
      readonly target: number
      readonly timeoutMs: number | null
    }

const node = fc.nat({ max: NODES - 1 })
const timeoutMs = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 3_000 }))
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('arm' as const), node, timeoutMs }),
  fc.record({ kind: fc.constant('cancel' as const), node }),
  fc.record({
    kind: fc.constant('advance' as const),
    ms: fc.oneof(fc.integer({ min: 0, max: 25 }), fc.integer({ min: 0, max: 2_000 })),
  }),
  fc.record({ kind: fc.constant('script' as const), node, target: node, timeoutMs: fc.option(timeoutMs) }),
)

/**
 * One deadline per node and a scan. It fires in the order the wheel chose, since the wheel promises none: each firing
 * is checked against the deadlines at that moment, and after the advance nothing that was due may be left.
 */
class Model {
  readonly deadlines = new Map<number, number>()

  fire(index: number, now: number, tickMs: number): void {
    const deadline = this.deadlines.get(index)
    expect(deadline, `node ${index} fired unarmed`).toBeDefined()
    expect((deadline as number) + tickMs, `node ${index} fired early`).toBeLessThanOrEqual(now)
    this.deadlines.delete(index)
  }

  expectNoneDue(now: number, tickMs: number): void {
    for (const [index, deadline] of this.deadlines) {
      expect(deadline + tickMs, `node ${index} was left`).toBeGreaterThan(now)
    }
  }
}

test('the wheel fires what a list of deadlines would, whatever is armed, cancelled, refreshed or jumped over', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(2, 4, 16),
      fc.constantFrom(1, 10, 16.5),
      fc.nat({ max: 5_000 }),
      fc.array(step, { maxLength: 80 }),
      (slots, tickMs, startMs, steps) => {
        const wheel = new TimerWheel({ tickMs, slots, startMs })
        const model = new Model()
        const probes = Array.from({ length: NODES }, () => new Probe())
        const arm = (index: number, deadline: number): void => {
          wheel.arm(probes[index] as Probe, deadline)
          model.deadlines.set(index, deadline)
        }
        const cancel = (index: number): void => {
          wheel.cancel(probes[index] as Probe)
          model.deadlines.delete(index)
        }
        const script = (index: number, action: (now: number) => void): void => {
          ;(probes[index] as Probe).action = (now) => {
            model.fire(index, now, tickMs)
            action(now)
          }
        }
        for (let i = 0; i < NODES; i++) script(i, () => undefined)
        for (const move of steps) {
          if (move.kind === 'arm') arm(move.node, wheel.now + move.timeoutMs)
          else if (move.kind === 'cancel') cancel(move.node)
          else if (move.kind === 'script') {
            const { target, timeoutMs: timeout } = move
            script(move.node, (now) => (timeout === null ? cancel(target) : arm(target, now + timeout)))
          } else {
            wheel.advance(wheel.now + move.ms)
            model.expectNoneDue(wheel.now, tickMs)
          }
          expect(wheel.size).toBe(model.deadlines.size)
        }
        wheel.advance(wheel.now + 10_000)
        for (let i = 0; i < NODES; i++) cancel(i)
        expect(wheel.size).toBe(0)
      },
    ),
    { numRuns: 2_000 },
  )
})
