import { NovaError } from '../../errors.ts'
import type { Exchange } from './exchange.ts'
import type { Body } from './response-writer.ts'

/** What can be streamed: generators, arrays, Node streams, web streams. */
export type BodySource = AsyncIterable<Body> | Iterable<Body>

interface Reader {
  next(): PromiseLike<IteratorResult<Body>> | IteratorResult<Body>
  /** Called when the rest is not wanted. */
  leave(): void
}

/**
 * Async iterators of streams queue `return()` behind a pending `next()`, which may never settle: streams are told
 * directly. A generator that waits for something else hears of it when it goes on.
 */
const readerOf = (source: BodySource): Reader => {
  if (source instanceof ReadableStream) {
    const reader = source.getReader()
    return { next: () => reader.read(), leave: () => void reader.cancel().catch(() => {}) }
  }
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  return {
    next: () => iterator.next(),
    leave: () => {
      if ('destroy' in source && typeof source.destroy === 'function') source.destroy()
      void Promise.resolve(iterator.return?.()).catch(() => {})
    },
  }
}

/**
 * Writes what `source` yields as the client takes it, and completes the response. When the client leaves, the source is
 * told at once and the promise rejects with CLIENT_CLOSED. What the source throws is passed on, and ends the exchange
 * like any failure of its handler.
 */
export const streamBody = async (exchange: Exchange, source: BodySource): Promise<void> => {
  const { response } = exchange
  const reader = readerOf(source)
  let isOver = false
  const leave = () => {
    if (!isOver) reader.leave()
    isOver = true
  }
  response.onAbandoned = leave
  try {
    for (let step = await reader.next(); !step.done; step = await reader.next()) {
      if (!response.write(step.value)) await response.drained()
    }
    isOver = true
    if (response.isAbandoned) throw new NovaError('CLIENT_CLOSED')
    response.end()
  } catch (error) {
    // A stream that was destroyed under its reader reports that, not why.
    throw response.isAbandoned ? new NovaError('CLIENT_CLOSED') : error
  } finally {
    leave()
  }
}
