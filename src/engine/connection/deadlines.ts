import type { Exchange } from '../message/exchange.ts'
import type { RequestTimeouts } from '../message/request-timeouts.ts'
import type { TimeoutKind } from '../stats/counters.ts'
import type { WheelNode } from '../time/timer-wheel.ts'
import type { Answers } from './answers.ts'
import { BodyClock, earliest } from './body-clock.ts'
import type { Environment } from './environment.ts'
import { earliestHandlerDue, handlerDue } from './handler-clock.ts'
import type { Input } from './input.ts'
import { type ReadPhase, readPhaseOf, timeoutOf } from './read-phase.ts'
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
  #phase: ReadPhase = 'none'
  /** The earliest of the handlers' deadlines, or earlier. */
  #handler = 0
  /** Made when the first body comes; most connections never send one. */
  #body: BodyClock | null = null
  /** Made when the peer is behind for the first time. */
  #write: WriteClock | null = null
  /** Requests begun when last looked at. */
  #requests = 0
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
    this.#endStall()
    this.#env.wheel.cancel(this)
  }

  /** Picks the phase the connection is in and arms its deadline. A new request starts every clock anew. */
  watch(input: Input, answers: Answers, reads: 'on' | 'paused' | 'lingers'): void {
    if (input.requests !== this.#requests) {
      this.#requests = input.requests
      this.#restart()
    }
    if (reads === 'on') this.#enter(readPhaseOf(input, answers))
    else this.#enter(reads === 'paused' ? 'none' : 'linger')
    const { incoming } = input
    if (this.#phase === 'body' && incoming !== null) {
      this.#body ??= new BodyClock()
      const { options, wheel } = this.#env
      this.#body.read(incoming.body.received, wheel.now, incoming.timeouts?.bodyMs ?? -1, options)
    }
    if (this.#handler !== 0 || this.#env.options.handlerTimeoutMs !== 0) {
      this.#handler = earliestHandlerDue(answers.first)
    }
    this.#arm()
  }

  /** The handler of `exchange` asked for time of its own. */
  limit(exchange: Exchange, input: Input, answers: Answers, timeouts: RequestTimeouts): void {
    const { handlerMs, bodyMs, writeMs } = timeouts
    const { options, wheel } = this.#env
    if (handlerMs !== undefined) {
      exchange.handlerFrom = wheel.now
      exchange.handlerMs = handlerMs
      this.#handler = earliest(this.#handler, handlerDue(exchange))
    }
    if (bodyMs !== undefined && exchange === input.incoming) this.#body?.limit(bodyMs, wheel.now)
    if (writeMs !== undefined && exchange === answers.writing) {
      this.#write ??= new WriteClock()
      this.#write.limit(writeMs, this.#outflow, wheel.now, options)
    }
  }

  /** Bytes wait for the peer to take them. `limitMs`: the handler's own limit, if it has one. */
  startWrite(limitMs: number | undefined): void {
    this.#write ??= new WriteClock()
    const write = this.#write
    if (limitMs !== undefined) write.limitMs = limitMs
    write.start(this.#outflow, this.#env.wheel.now, this.#env.options)
    if (write.stalledAt < 0 && this.#outflow.needsDrain) write.stalledAt = this.#env.now()
  }

  /** The peer has taken everything. What it should send next, it need not have sent while it was busy reading. */
  stopWrite(): void {
    this.#write?.stop()
    this.#endStall()
    if (this.#phase === 'idle') this.#begin(this.#env.wheel.now)
  }

  #endStall(): void {
    const write = this.#write
    if (write === null || write.stalledAt < 0) return
    const { observation } = this.#env
    observation.writeStalls.observe(this.#env.now() - write.stalledAt)
    write.stalledAt = -1
  }

  #arm(): void {
    if (this.#isClosed) return
    const { wheel } = this.#env
    const next = earliest(earliest(this.#readDue(), this.#writeDue()), earliest(this.#handler, this.#age))
    if (next === 0) wheel.cancel(this)
    else if (next !== this.wheelDeadline) wheel.arm(this, next)
  }

  onDeadline(now: number): void {
    const owner = this.#owner
    const write = this.#write
    if (write !== null && write.due !== 0 && now >= write.due) {
      const { options } = this.#env
      const kind = this.#postponeWrite(write) ? null : write.check(this.#outflow, now, options)
      if (kind !== null) owner.onTimeout(kind)
    }
    if (this.#age !== 0 && now >= this.#age && !this.#isClosed) {
      this.#age = 0
      owner.onTimeout('connectionAge')
    }
    if (this.#handler !== 0 && now >= this.#handler && !this.#isClosed) {
      this.#handler = owner.onHandlerDeadline(now)
    }
    const due = this.#readDue()
    if (due !== 0 && now >= due && !this.#isClosed && !this.#postponeRead(now)) {
      this.#read = 0
      const body = this.#phase === 'body' ? this.#body : null
      owner.onTimeout(body === null ? (this.#phase as TimeoutKind) : body.take(now))
    }
    this.#arm()
  }

  #readDue(): number {
    return this.#phase === 'body' && this.#body !== null ? this.#body.due : this.#read
  }

  #writeDue(): number {
    return this.#write === null ? 0 : this.#write.due
  }

  /** A phase that goes on keeps its deadline: trickled bytes do not move it. */
  #enter(phase: ReadPhase): void {
    if (phase === this.#phase) return
    const { now } = this.#env.wheel
    if (this.#phase === 'body') this.#body?.pause(now)
    this.#phase = phase
    this.#begin(now)
    if (phase === 'linger') this.#wasPending = this.#outflow.pendingBytes > 0
  }

  /** A new message: the next phase starts its clock even if it has the same name. */
  #restart(): void {
    this.#phase = 'none'
    this.#read = 0
    this.#body?.reset()
  }

  #begin(now: number): void {
    const timeoutMs = timeoutOf(this.#phase, this.#env.options)
    this.#since = now
    this.#read = timeoutMs === 0 ? 0 : now + timeoutMs
  }

  /** What was set while the event loop was blocked was set too early. */
  #postponeRead(now: number): boolean {
    const body = this.#phase === 'body' ? this.#body : null
    const stalledMs = this.#env.stalledAfter(body === null ? this.#since : body.readAt)
    if (stalledMs > 0) {
      if (body !== null) {
        body.postpone(stalledMs)
      } else {
        this.#since += stalledMs
        this.#read += stalledMs
      }
      return this.#readDue() > now
    }
    if (this.#phase !== 'idle' && this.#phase !== 'linger') return false
    // A client that still reads its last response is neither idle nor done; the write clock watches it.
    const wasPending = this.#wasPending
    this.#wasPending = this.#outflow.pendingBytes > 0
    if (this.#wasPending || (wasPending && this.#phase === 'linger')) this.#begin(now)
    return this.#read > now
  }

  #postponeWrite(write: WriteClock): boolean {
    const stalledMs = this.#env.stalledAfter(write.startedAt)
    if (stalledMs > 0) write.postpone(stalledMs)
    return stalledMs > 0
  }
}
