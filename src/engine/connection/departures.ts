import type { RequestTrace } from '../message/request-trace.ts'
import type { ResponseWriter } from '../message/response-writer.ts'
import type { Transport } from '../transport/transport.ts'

interface Departure {
  readonly trace: RequestTrace
  /** Nothing more of the response will be collected. */
  isWhole: boolean
  /** What the transport has taken when the last byte has left; -1 until that is known. */
  due: number
}

/** The traced responses of a connection that have begun to leave, in their order. */
export class Departures {
  readonly #departures: Departure[] = []

  get isEmpty(): boolean {
    return this.#departures.length === 0
  }

  /** The output of `response` is about to be collected. */
  add(trace: RequestTrace, response: ResponseWriter): void {
    trace.bytesWritten += response.output.size
    // What is sent before is informational.
    if (!response.headSent) return
    trace.status = response.status
    let departure = this.#departures.at(-1)
    if (departure?.trace !== trace) {
      departure = { trace, isWhole: false, due: -1 }
      this.#departures.push(departure)
    }
    if (!response.ended) return
    trace.onAnswered()
    departure.isWhole = true
  }

  /** What was collected is with the transport. */
  onFlushed(transport: Transport, now: number): void {
    const departures = this.#departures
    const { pendingBytes, takenBytes } = transport
    // What a stream holds below its high-water mark is as good as sent: it does not tell when that has left.
    const isTaken = pendingBytes === 0 || !transport.needsDrain
    for (const departure of departures) {
      if (departure.trace.headSentAt < 0) departure.trace.headSentAt = now
      if (departure.isWhole && departure.due < 0) departure.due = isTaken ? 0 : takenBytes + pendingBytes
    }
    while (departures[0]?.isWhole === true && (isTaken || departures[0].due <= takenBytes)) {
      departures.shift()?.trace.end(now, null)
    }
  }

  /** The connection is gone, or with null as `error`: another protocol's. */
  end(now: number, error: Error | null): void {
    for (const { trace } of this.#departures.splice(0)) trace.end(now, error)
  }
}
