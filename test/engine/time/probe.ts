import type { WheelNode } from '../../../src/engine/time/timer-wheel.ts'

/** A wheel node that remembers when it fired. */
export class Probe implements WheelNode {
  wheelNext: WheelNode | null = null
  wheelPrevious: WheelNode | null = null
  wheelDeadline = 0
  wheelSlot = -1
  readonly firedAt: number[] = []
  /** What it does when it fires. */
  action: (now: number) => void = () => undefined

  onDeadline(now: number): void {
    this.firedAt.push(now)
    this.action(now)
  }
}
