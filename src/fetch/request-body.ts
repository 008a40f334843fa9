import type { Request as EngineRequest } from '../engine/message/request.ts'

/** Whether a body was announced (RFC 9112, 6.3). */
export const announcesBody = ({ headers }: EngineRequest): boolean =>
  headers.has('transfer-encoding') || (headers.get('content-length') ?? '0') !== '0'

/**
 * `chunk` with memory of its own: a byte stream, or the program, transfers it, which must not happen to Node's pool of
 * small Buffers, nor to an empty one that others have as well.
 */
export const owned = (chunk: Uint8Array): Uint8Array<ArrayBuffer> =>
  chunk.byteLength > 0 && chunk.byteLength === chunk.buffer.byteLength
    ? new Uint8Array(chunk.buffer as ArrayBuffer)
    : new Uint8Array(chunk)

/** The body as a byte stream that asks the client for no more than its reader wants. */
export const bodyStream = (request: EngineRequest): ReadableStream<Uint8Array> => {
  const chunks = request.body[Symbol.asyncIterator]()
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      const step = await chunks.next()
      if (!step.done) {
        controller.enqueue(owned(step.value))
        return
      }
      controller.close()
      controller.byobRequest?.respond(0)
    },
    async cancel() {
      await chunks.return?.()
    },
  })
}
