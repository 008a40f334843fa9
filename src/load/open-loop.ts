import type { Arrivals } from './arrivals/arrivals.ts'
import type { ClientConnection } from './client-connection.ts'
import type { LoadDriver } from './connection-pool.ts'
import type { LoadClock } from './load-clock.ts'
import { Queue } from './queue.ts'
import type { Recorder } from './recorder.ts'
import type { RequestSource } from './request/request-source.ts'

/** A turn of the event loop that takes longer than this did something, or slept. */
const MAX_EMPTY_TURN_MS = 0.5

export interface OpenLoopContext {
  readonly clock: LoadClock
  readonly source: RequestSource
  readonly recorder: Recorder
  readonly arrivals: Arrivals
  /** Requests that may be due without a connection to send them on. */
  readonly maxBacklog: number
}

/**
 * Sends requests when they are due, whatever the target does, as its users would. What finds no connection free waits,
 * and its waiting counts: latency begins at the intended time.
 */
export class OpenLoop implements LoadDriver {
  maxBacklog = 0
  /** Time spent in turns of the event loop in which nothing was to be done. */
  idleMs = 0
  readonly #context: OpenLoopContext
  /** Connections with room; each is taken in turn, so that all are used alike. */
  readonly #waiting = new Queue<ClientConnection>()
  /** Intended times of requests that are due. */
  readonly #backlog = new Queue<number>()
  #startMs = 0
  #endMs = 0
  #nextMs = Number.POSITIVE_INFINITY
  #turnedAtMs = 0
  /** Something was sent or received in this turn. */
  #isBusy = false

  constructor(context: OpenLoopContext) {
    this.#context = context
  }

  /** Begins at `startMs`, which may be in the future; requests due at `endMs` or later are not sent. */
  start(startMs: number, endMs: number): void {
    this.#startMs = startMs
    this.#endMs = endMs
    this.#scheduleNext()
    this.#pump()
  }

  /** What is due is still sent, also what became due while the loop stood still. */
  stop(now: number): void {
    this.#sendDue(now)
    this.#nextMs = Number.POSITIVE_INFINITY
  }

  giveUp(now: number): void {
    for (let due = this.#backlog.shift(); due !== undefined; due = this.#backlog.shift())
      this.#context.recorder.onFailure(due, now, 'unsent')
  }

  onRoom(connection: ClientConnection, now: number): void {
    const { source } = this.#context
    this.#isBusy = true
    while (connection.hasRoom && this.#backlog.length > 0)
      connection.send(source.next(), this.#backlog.shift() as number, now)
    connection.flush()
    this.#keep(connection)
    // When many responses arrive in one turn, what becomes due meanwhile does not wait for its end.
    this.#sendDue(now)
  }

  onUnanswered(intendedMs: number): void {
    this.#backlog.unshift(intendedMs)
  }

  readonly #pump = (): void => {
    const { clock } = this.#context
    const now = clock.now()
    const turnMs = now - this.#turnedAtMs
    if (!this.#isBusy && turnMs < MAX_EMPTY_TURN_MS) this.idleMs += turnMs
    this.#turnedAtMs = now
    this.#isBusy = false
    this.#sendDue(now)
    if (this.#nextMs < this.#endMs) clock.approach(this.#nextMs, this.#pump)
  }

  #scheduleNext(): void {
    const nextMs = this.#startMs + this.#context.arrivals.next()
    this.#nextMs = nextMs < this.#endMs ? nextMs : Number.POSITIVE_INFINITY
  }

  #sendDue(now: number): void {
    const { recorder, source, maxBacklog } = this.#context
    while (this.#nextMs <= now) {
      this.#isBusy = true
      const intendedMs = this.#nextMs
      this.#scheduleNext()
      recorder.onIntended(intendedMs)
      recorder.onLag(intendedMs, now)
      const connection = this.#takeWaiting()
      if (connection !== null) {
        connection.send(source.next(), intendedMs, now)
        connection.flush()
        this.#keep(connection)
      } else if (this.#backlog.length < maxBacklog) {
        this.#backlog.push(intendedMs)
        if (this.#backlog.length > this.maxBacklog) this.maxBacklog = this.#backlog.length
      } else {
        recorder.onFailure(intendedMs, now, 'unsent')
      }
    }
  }

  #keep(connection: ClientConnection): void {
    if (connection.isWaiting || !connection.hasRoom) return
    connection.isWaiting = true
    this.#waiting.push(connection)
  }

  #takeWaiting(): ClientConnection | null {
    for (;;) {
      const connection = this.#waiting.shift()
      if (connection === undefined) return null
      connection.isWaiting = false
      // It may have closed since.
      if (connection.hasRoom) return connection
    }
  }
}
