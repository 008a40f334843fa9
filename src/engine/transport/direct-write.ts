import type { Socket } from 'node:net'

/**
 * Writing to a socket's libuv handle without the Writable around it, which costs as much as parsing a request: a
 * request object per write, a tick per write, and the stream's bookkeeping (lib/internal/stream_base_commons.js; the
 * handle's interface has been the same from Node 12 to 24). The constructor of libuv's request is learnt by watching
 * one ordinary write, so no internal binding is loaded. Whatever is missing, the caller keeps to `socket.write`, as
 * it does on Node 26: that writes without a request, and tells errors where only its own code can read them.
 */

/** libuv's request. Reused as long as writes complete at once. */
interface WriteRequest {
  oncomplete: ((this: WriteRequest, status: number) => void) | null
  novaOwner: DirectWriteOwner | null
}

export interface WriteHandle {
  /** Node 26 passes null. */
  writeLatin1String(request: WriteRequest | null, text: string): number
  /** Bytes that libuv holds because the kernel did not take them. */
  readonly writeQueueSize: number
}

/** Told of a write that did not complete at once. */
export interface DirectWriteOwner {
  onWritten(status: number): void
}

type WriteRequestConstructor = new () => WriteRequest

let Request: WriteRequestConstructor | null = null
/** The watched write showed no request that could be used. */
let isUnavailable = false
let spare: WriteRequest | null = null

function onComplete(this: WriteRequest, status: number): void {
  const owner = this.novaOwner
  this.novaOwner = null
  owner?.onWritten(status)
}

const newRequest = (Constructor: WriteRequestConstructor): WriteRequest => {
  const request = new Constructor()
  request.oncomplete = onComplete
  request.novaOwner = null
  return request
}

/** The socket's handle when it can be written to directly, else null. */
export const writeHandleOf = (socket: Socket): WriteHandle | null => {
  const handle = (socket as unknown as { _handle?: Partial<WriteHandle> | null })._handle
  if (typeof handle?.writeLatin1String !== 'function' || typeof handle.writeQueueSize !== 'number')
    return null
  return handle as WriteHandle
}

/** True once a request can be made; before, the first ordinary write on `handle` is watched to learn how. */
export const canWriteDirectly = (handle: WriteHandle): boolean => {
  if (Request !== null) return true
  if (isUnavailable) return false
  const { writeLatin1String } = handle
  handle.writeLatin1String = (request, text) => {
    handle.writeLatin1String = writeLatin1String
    if (request?.constructor?.name === 'WriteWrap') Request = request.constructor as WriteRequestConstructor
    else isUnavailable = true
    return writeLatin1String.call(handle, request, text)
  }
  return false
}

/** Returned by `writeDirectly` when the kernel did not take everything: `owner` is told on completion. */
export const WRITE_PENDING = 1

/** Writes latin1 text. Returns 0 when it has left, WRITE_PENDING, or a negative libuv error. */
export const writeDirectly = (handle: WriteHandle, text: string, owner: DirectWriteOwner): number => {
  const request = spare ?? newRequest(Request as WriteRequestConstructor)
  spare = null
  const status = handle.writeLatin1String(request, text)
  if (status === 0 && handle.writeQueueSize > 0) {
    request.novaOwner = owner
    return WRITE_PENDING
  }
  spare = request
  return status
}
