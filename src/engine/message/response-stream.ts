import type { Exchange } from './exchange.ts'
import type { Body } from './response-writer.ts'

/** What can be streamed: generators, arrays, Node streams, web streams. */
export type BodySource = AsyncIterable<Body> | Iterable<Body>

/**
 * Writes what `source` yields as the client takes it, and completes the response. When the client leaves, the source is
 * told at once (`return()`, which destroys a Node stream and cancels a web stream) and the promise rejects with
 * CLIENT_CLOSED. What the source throws is passed on, and ends the exchange like any failure of its handler.
 */
export const streamBody = async (exchange: Exchange, source: BodySource): Promise<void> => {
  const { response, signal } = exchange
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  let isDone = false
  const leave = () => {
    if (isDone) return
    isDone = true
    // A generator that waits for something else hears of it when it goes on; nobody waits for that.
    Promise.resolve(iterator.return?.()).catch(() => {})
  }
  signal.addEventListener('abort', leave, { once: true })
  try {
    for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
      if (!response.write(step.value)) await response.drained()
    }
    isDone = true
    signal.throwIfAborted()
    response.end()
  } finally {
    signal.removeEventListener('abort', leave)
    leave()
  }
}
