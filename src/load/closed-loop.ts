import type { ClientConnection } from './client-connection.ts'
import type { LoadDriver } from './connection-pool.ts'
import { Queue } from './queue.ts'
import type { Recorder } from './recorder.ts'
import type { RequestSource } from './request/request-source.ts'

/** Each connection sends its next request when it has a response: what a target carries at most, not how long users wait. */
export class ClosedLoop implements LoadDriver {
  readonly #source: RequestSource
  readonly #recorder: Recorder
  /** A connection per few requests: opening it is part of what the first ones wait for. */
  readonly #countsOpening: boolean
  readonly #returned = new Queue<number>()
  #isRunning = true

  constructor(source: RequestSource, recorder: Recorder, countsOpening: boolean) {
    this.#source = source
    this.#recorder = recorder
    this.#countsOpening = countsOpening
  }

  stop(): void {
    this.#isRunning = false
  }

  giveUp(now: number): void {
    for (let due = this.#returned.shift(); due !== undefined; due = this.#returned.shift())
      this.#recorder.onFailure(due, now, 'unsent')
  }

  onRoom(connection: ClientConnection, now: number): void {
    while (connection.hasRoom && (this.#isRunning || this.#returned.length > 0)) {
      let intendedMs = this.#returned.shift()
      if (intendedMs === undefined) {
        intendedMs = this.#countsOpening && connection.sent === 0 ? connection.openedAtMs : now
        this.#recorder.onIntended(intendedMs)
      }
      connection.send(this.#source.next(), intendedMs, now)
    }
    connection.flush()
  }

  onUnanswered(intendedMs: number): void {
    this.#returned.push(intendedMs)
  }
}
