import type { TimeoutKind } from '../stats/counters.ts'
import type { WheelNode } from '../time/timer-wheel.ts'
import { BodyClock, earliest } from './body-clock.ts'
import type { Environment } from './environment.ts'
import { type ReadPhase, timeoutOf } from './read-phase.ts'
import { type Outflow, WriteClock } from './write-clock.ts'

/** Told when a clock has run out. */
export interface DeadlineOwner {
  onTimeout(kind: TimeoutKind): void
  /** Some handler may have taken too long: returns when to look again, 0 for never. */
  onHandlerDeadline(now: number): number
}

/**
 * The clocks of a connection: what the peer should send next, whether it takes what we send, how long handlers take,
 * how old the connection gets. One node in the wheel stands for all of them. Times are ms on the wheel's clock; 0 means
 * no deadline.
 */
export class Deadlines implements WheelNode {
  wheelNext: WheelNode | null = null
  wheelPrevious: WheelNode | null = null
  wheelDeadline = 0
  wheelSlot = -1
  phase: ReadPhase = 'none'
  /** The earliest of the handlers' deadlines, or earlier. */
  handler = 0
  readonly body = new BodyClock()
  readonly write = new WriteClock()
  #age = 0
  #read = 0
  /** When the phase began. */
  #since = 0
  #isClosed = false
  /** Whether the peer, when last looked at, had something left to take. */
  #wasPending = false
  readonly #env: Environment
  readonly #outflow: Outflow
  readonly #owner: DeadlineOwner

  constructor(env: Environment, outflow: Outflow, owner: DeadlineOwner) {
    this.#env = env
    this.#outflow = outflow
    this.#owner = owner
  }

  /** The connection begins. */
  start(): void {
    const { options, wheel } = this.#env
    if (options.maxConnectionAgeMs !== 0) this.#age = wheel.now + options.maxConnectionAgeMs
  }

  /** The connection is over, or another protocol's. */
  close(): void {
    this.#isClosed = true
    this.#env.wheel.cancel(this)
  }

  /** Enters a phase. A phase that goes on keeps its deadline: trickled bytes do not move it. */
  enter(phase: ReadPhase): void {
    if (phase === this.phase) return
    const { now } = this.#env.wheel
    if (this.phase === 'body') this.body.pause(now)
    this.phase = phase
    this.#begin(now)
    if (phase === 'linger') this.#wasPending = this.#outflow.pendingBytes > 0
  }

  /** A new message: the next phase starts its clock even if it has the same name. */
  restart(): void {
    this.phase = 'none'
    this.#read = 0
    this.body.reset()
  }

  /** Bytes wait for the peer to take them. */
  startWrite(): void {
    this.write.start(this.#outflow, this.#env.wheel.now, this.#env.options)
  }

  /** The peer has taken everything. What it should send next, it need not have sent while it was busy reading. */
  stopWrite(): void {
    this.write.stop()
    if (this.phase === 'idle') this.#begin(this.#env.wheel.now)
  }

  /** The handler of the response that is being written sets its own write timeout. */
  limitWrite(ms: number): void {
    this.write.limit(ms, this.#outflow, this.#env.wheel.now, this.#env.options)
  }

  arm(): void {
    if (this.#isClosed) return
    const { wheel } = this.#env
    const next = earliest(earliest(this.#readDue, this.write.due), earliest(this.handler, this.#age))
    if (next === 0) wheel.cancel(this)
    else if (next !== this.wheelDeadline) wheel.arm(this, next)
  }

  onDeadline(now: number): void {
    const owner = this.#owner
    if (this.write.due !== 0 && now >= this.write.due) {
      const { options } = this.#env
      const kind = this.#postponeWrite() ? null : this.write.check(this.#outflow, now, options)
      if (kind !== null) owner.onTimeout(kind)
    }
    if (this.#age !== 0 && now >= this.#age && !this.#isClosed) {
      this.#age = 0
      owner.onTimeout('connectionAge')
    }
    if (this.handler !== 0 && now >= this.handler && !this.#isClosed) {
      this.handler = owner.onHandlerDeadline(now)
    }
    const due = this.#readDue
    if (due !== 0 && now >= due && !this.#isClosed && !this.#postponeRead(now)) {
      this.#read = 0
      owner.onTimeout(this.phase === 'body' ? this.body.take(now) : (this.phase as TimeoutKind))
    }
    this.arm()
  }

  get #readDue(): number {
    return this.phase === 'body' ? this.body.due : this.#read
  }

  #begin(now: number): void {
    const timeoutMs = timeoutOf(this.phase, this.#env.options)
    this.#since = now
    this.#read = timeoutMs === 0 ? 0 : now + timeoutMs
  }

  /** What was set while the event loop was blocked was set too early. */
  #postponeRead(now: number): boolean {
    const stalledMs = this.#env.stalledAfter(this.phase === 'body' ? this.body.readAt : this.#since)
    if (stalledMs > 0) {
      if (this.phase === 'body') {
        this.body.postpone(stalledMs)
      } else {
        this.#since += stalledMs
        this.#read += stalledMs
      }
      return this.#readDue > now
    }
    if (this.phase !== 'idle' && this.phase !== 'linger') return false
    // A client that still reads its last response is neither idle nor done; the write clock watches it.
    const wasPending = this.#wasPending
    this.#wasPending = this.#outflow.pendingBytes > 0
    if (this.#wasPending || (wasPending && this.phase === 'linger')) this.#begin(now)
    return this.#read > now
  }

  #postponeWrite(): boolean {
    const stalledMs = this.#env.stalledAfter(this.write.startedAt)
    if (stalledMs > 0) this.write.postpone(stalledMs)
    return stalledMs > 0
  }
}
