import type { ClientSink, ClientTransport } from '../../src/load/client-transport.ts'
import { Generator, type GeneratorEnvironment } from '../../src/load/generator.ts'
import { judgeResult } from '../../src/load/judgement.ts'
import type { LoadClock } from '../../src/load/load-clock.ts'
import type { LoadOptions } from '../../src/load/load-options.ts'
import { resolvePlan } from '../../src/load/load-plan.ts'
import type { LoadResult } from '../../src/load/result.ts'

interface Event {
  readonly atMs: number
  readonly order: number
  readonly callback: () => void
}

/** Events by time, then in the order in which they were made: a binary heap. */
class EventQueue {
  readonly #heap: Event[] = []
  #made = 0

  push(atMs: number, callback: () => void): Event {
    const heap = this.#heap
    const event = { atMs, order: this.#made++, callback }
    let at = heap.push(event) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#isBefore(heap[parent] as Event, event)) break
      heap[at] = heap[parent] as Event
      at = parent
    }
    heap[at] = event
    return event
  }

  pop(): Event | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1] as Event, heap[child] as Event)) child++
      if (this.#isBefore(last, heap[child] as Event)) break
      heap[at] = heap[child] as Event
      at = child
    }
    heap[at] = last
    return first
  }

  #isBefore(a: Event, b: Event): boolean {
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
  }
}

const RESPONSE = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
const REQUEST_END = /\r\n\r\n/g

/** Says when a request that arrives now is answered, ms; never is Infinity. Calls come in order of time. */
export type SimulatedServer = (arrivedMs: number) => number

/** A world in which time passes only as events happen, and a target that answers when it is said to. */
export class SimulatedWorld implements LoadClock, GeneratorEnvironment {
  readonly clock = this
  readonly #events = new EventQueue()
  readonly #server: SimulatedServer
  #nowMs = 0

  constructor(server: SimulatedServer) {
    this.#server = server
  }

  now(): number {
    return this.#nowMs
  }

  /** What runs now takes `ms`: nothing else happens meanwhile. */
  standStill(ms: number): void {
    this.#nowMs += ms
  }

  wallNow(): number {
    return this.#nowMs
  }

  after(ms: number, callback: () => void): () => void {
    let isCancelled = false
    this.#events.push(this.#nowMs + ms, () => {
      if (!isCancelled) callback()
    })
    return () => {
      isCancelled = true
    }
  }

  approach(dueMs: number, callback: () => void): void {
    const atMs = Math.max(this.#nowMs, dueMs)
    this.#events.push(atMs, () => {
      // As in Node's loop, timers that are late come first.
      if (this.#nowMs > atMs) this.#events.push(this.#nowMs, callback)
      else callback()
    })
  }

  connector(_plan: unknown, window: Buffer): (sink: ClientSink) => ClientTransport {
    return (sink) => {
      this.#events.push(this.#nowMs, () => sink.onConnect())
      return {
        write: (bytes) => {
          for (const _ of String(bytes).matchAll(REQUEST_END)) {
            const answeredMs = this.#server(this.#nowMs)
            if (answeredMs !== Number.POSITIVE_INFINITY)
              this.#events.push(answeredMs, () => sink.onWindow(RESPONSE.copy(window)))
          }
        },
        destroy: () => {},
      }
    }
  }

  /** Lets time pass until `work` is done. */
  async pass<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const settle = (): void => {
      isDone = true
    }
    work.then(settle, settle)
    for (;;) {
      // What awaits goes on before time does.
      for (let i = 0; i < 4; i++) await undefined
      const event = isDone ? undefined : this.#events.pop()
      if (event === undefined) return work
      // After a standstill, what was due meanwhile is late.
      this.#nowMs = Math.max(this.#nowMs, event.atMs)
      event.callback()
    }
  }

  /** A whole load test, as `runLoad` does it on one thread. */
  async runLoad(options: Omit<LoadOptions, 'url'>): Promise<LoadResult> {
    const plan = resolvePlan({ url: 'http://simulated/', ...options })
    const generator = new Generator(plan, this, options.onProgress ?? (() => {}))
    return this.pass(
      (async () => {
        await generator.open()
        return judgeResult(await generator.run(this.wallNow()))
      })(),
    )
  }
}
