import { NovaError } from '../../errors.ts'
import { publishDrainEnd, publishDrainStart } from '../stats/channels.ts'
import type { WheelNode } from '../time/timer-wheel.ts'
import type { Reactor } from './reactor.ts'

/** What a drain did. */
export interface DrainReport {
  /** Requests answered to the end since answers say that they are the last. */
  finished: number
  /** Connections that asked for nothing more and were closed. */
  idleClosed: number
  /** Requests that were still unanswered when the grace time was over. */
  aborted: number
  /** Duration of the drain, ms. */
  tookMs: number
}

export interface DrainOptions {
  /**
   * How long everything goes on as before, new connections included, while `isReady` is false, ms: until a balancer that
   * asks has seen it. Nothing where the engine does not listen. Default 0.
   */
  unreadyMs?: number
  /** How long the drain may take from then on, ms; 0 ends everything at once. Default 10,000. */
  graceMs?: number
  /**
   * How long idle connections may still ask, ms; what they get says `Connection: close`. A client that never waits
   * longer than this between two requests sees no connection close under it. At most `graceMs`. Default 1,000.
   */
  idleGraceMs?: number
}

/** What stands behind a listening socket that is to be drained. */
export interface Drained {
  /** Closes the listening socket and resolves once that is done; null when there is none. */
  readonly stopAccepting: (() => Promise<void>) | null
  /** From now on the next answer of each connection is its last. */
  onDraining?(): void
}

const DEFAULTS = { unreadyMs: 0, graceMs: 10_000, idleGraceMs: 1_000 }
const MAX_GRACE_MS = 86_400_000

/** Connections queued before the listening socket closes; a flood of new ones must not keep it open. */
const MAX_ACCEPT_TURNS = 4_096

/** Checks the times of a drain and fills in defaults. @throws OPTION_INVALID */
export const resolveDrainOptions = (options: DrainOptions): Required<DrainOptions> => {
  const resolved = { ...DEFAULTS, ...options }
  for (const name of ['unreadyMs', 'graceMs', 'idleGraceMs'] as const) {
    const value = resolved[name]
    if (Number.isInteger(value) && value >= 0 && value <= MAX_GRACE_MS) continue
    throw new NovaError(
      'OPTION_INVALID',
      `Option ${name} must be an integer of ms from 0 to ${MAX_GRACE_MS}; got ${String(value)}.`,
    )
  }
  return resolved
}

/** One turn of the event loop: everything that had arrived when it began has been read. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * Closes what a reactor serves without losing a request: be unready for a while, accept what is queued, stop accepting,
 * let every next answer say that it is the last, close who stays idle, and break off what is left at the deadline.
 */
export class Drain implements WheelNode {
  wheelNext: WheelNode | null = null
  wheelPrevious: WheelNode | null = null
  wheelDeadline = 0
  wheelSlot = -1
  readonly #reactor: Reactor
  readonly #startedAt: number
  readonly #unreadyMs: number
  readonly #graceMs: number
  readonly #idleGraceMs: number
  /** When the grace times begin. */
  #graceFrom: number
  #onUnreadyOver: (() => void) | null = null
  #onEmpty: (() => void) | null = null

  /** `options` as `resolveDrainOptions` returned them. */
  constructor(reactor: Reactor, { unreadyMs, graceMs, idleGraceMs }: Required<DrainOptions>) {
    this.#reactor = reactor
    this.#startedAt = reactor.now()
    this.#graceFrom = this.#startedAt
    this.#unreadyMs = unreadyMs
    this.#graceMs = graceMs
    this.#idleGraceMs = Math.min(graceMs, idleGraceMs)
  }

  async run({ stopAccepting, onDraining }: Drained): Promise<DrainReport> {
    const reactor = this.#reactor
    const { counters } = reactor
    publishDrainStart({
      unreadyMs: this.#unreadyMs,
      graceMs: this.#graceMs,
      idleGraceMs: this.#idleGraceMs,
      connections: counters.open,
    })
    if (this.#unreadyMs > 0 && stopAccepting !== null) await this.#beUnready()
    const before = {
      finished: counters.finished,
      idleClosed: counters.closed.drain,
      aborted: counters.aborted,
    }
    reactor.isDraining = true
    onDraining?.()
    if (this.#graceMs > 0) {
      reactor.wheel.arm(this, this.#graceFrom + (this.#idleGraceMs || this.#graceMs))
      if (stopAccepting !== null) await this.#acceptQueued()
    }
    const stopped = stopAccepting?.()
    if (this.#graceMs === 0) this.#force()
    else if (this.#idleGraceMs === 0) await this.#closeIdle()
    if (!reactor.isEmpty) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve
      })
    }
    await stopped
    reactor.wheel.cancel(this)
    const report = {
      finished: counters.finished - before.finished,
      idleClosed: counters.closed.drain - before.idleClosed,
      aborted: counters.aborted - before.aborted,
      tookMs: Math.round(reactor.now() - this.#startedAt),
    }
    publishDrainEnd({ ...report })
    return report
  }

  /** A connection of the reactor is gone. */
  onClosed(): void {
    if (this.#reactor.isEmpty) this.#onEmpty?.()
  }

  /** The time of being unready is over, that of idle connections, or all of it. */
  onDeadline(): void {
    const { wheel } = this.#reactor
    const endsAt = this.#graceFrom + this.#graceMs
    if (this.#onUnreadyOver !== null) {
      this.#onUnreadyOver()
      this.#onUnreadyOver = null
    } else if (this.#reactor.closesIdle || endsAt <= wheel.now) {
      this.#force()
    } else {
      wheel.arm(this, endsAt)
      void this.#closeIdle()
    }
  }

  async #beUnready(): Promise<void> {
    this.#reactor.wake()
    this.#reactor.wheel.arm(this, this.#startedAt + this.#unreadyMs)
    await new Promise<void>((resolve) => {
      this.#onUnreadyOver = resolve
    })
    this.#graceFrom = this.#reactor.now()
  }

  /** What the kernel has queued was told that it is connected: closing the socket now would reset it. */
  async #acceptQueued(): Promise<void> {
    const { counters } = this.#reactor
    await turn()
    for (let turns = 0, accepted = -1; accepted !== counters.accepted && turns < MAX_ACCEPT_TURNS; turns++) {
      accepted = counters.accepted
      await turn()
    }
  }

  /** Once what has arrived is read: a request that lies in the socket of an idle connection must not be discarded. */
  async #closeIdle(): Promise<void> {
    const reactor = this.#reactor
    await turn()
    await turn()
    reactor.closesIdle = true
    for (const connection of reactor.connections) connection.onDraining()
  }

  #force(): void {
    for (const connection of this.#reactor.connections) connection.destroy('forced')
    for (const arrival of this.#reactor.arrivals) arrival.destroy('forced')
  }
}
