/**
 * Node's own interface to libuv's streams (src/stream_base.cc; lib/internal/stream_base_commons.js is its user in Node
 * 20 to 26). It is what `net.Socket` is made of. Known only here; where it is missing, sockets are used as streams.
 */

/** libuv's write request. */
export interface WriteRequest {
  oncomplete: ((this: WriteRequest, status: number) => void) | null
  novaOwner: WriteOwner | null
  /** Keeps what is being written alive. */
  novaChunks: unknown
  /** Node 26: how the write ended, when it ended before `oncomplete` was set. */
  readonly writeStatus?: number | null
}

interface ShutdownRequest {
  oncomplete: (this: ShutdownRequest, status: number) => void
  novaOwner: ShutdownOwner
}

export interface StreamHandle {
  onread: (this: this) => void
  readonly bytesWritten: number
  /** Bytes that libuv holds because the kernel did not take them. */
  readonly writeQueueSize: number
  readStart(): number
  readStop(): number
  useUserBuffer(buffer: Uint8Array): void
  /** Node 26 takes no request; it returns one when the write does not end at once. */
  writeLatin1String(request: WriteRequest | null, text: string): number | WriteRequest
  /** `chunks`: in turn a chunk and its encoding, or 'buffer'. */
  writev(request: WriteRequest | null, chunks: readonly unknown[], areBuffers: false): number | WriteRequest
  shutdown(request: ShutdownRequest): number
  close(callback: (this: this) => void): void
  // TCP only.
  reset?(callback: (this: this) => void): number
  setNoDelay?(isOn: boolean): number
  getpeername?(result: { address?: string; port?: number }): number
}

interface StreamBinding {
  readonly WriteWrap: new () => WriteRequest
  readonly ShutdownWrap: new () => ShutdownRequest
  readonly streamBaseState: ArrayLike<number>
  readonly kReadBytesOrError: number
  readonly kLastWriteWasAsync: number
  readonly kLastWriteErr?: number
}

/** Told how a write ended that did not end at once: 0 or a negative libuv error. */
export interface WriteOwner {
  onWritten(status: number): void
}
export interface ShutdownOwner {
  onShutdown(): void
}

const loadBinding = (): StreamBinding | null => {
  try {
    const { binding } = process as unknown as { binding(name: string): Partial<StreamBinding> }
    const found = binding.call(process, 'stream_wrap')
    const isKnown =
      typeof found.WriteWrap === 'function' &&
      typeof found.ShutdownWrap === 'function' &&
      typeof found.streamBaseState === 'object' &&
      typeof found.kReadBytesOrError === 'number' &&
      typeof found.kLastWriteWasAsync === 'number'
    return isKnown ? (found as StreamBinding) : null
  } catch {
    // Another runtime, or the permission model, which allows no bindings.
    return null
  }
}

const binding = loadBinding()
const state = binding?.streamBaseState ?? []
const READ_RESULT = binding?.kReadBytesOrError ?? 0
const WAS_ASYNC = binding?.kLastWriteWasAsync ?? 0
/** Where Node 26 tells a write's error; it makes its requests itself. */
const WRITE_ERROR = binding?.kLastWriteErr ?? -1

/** `candidate` when it is a stream of libuv's that this module knows how to drive, else null. */
export const streamHandleOf = (candidate: unknown): StreamHandle | null => {
  const handle = candidate as Partial<StreamHandle> | null | undefined
  const isKnown =
    binding !== null &&
    typeof handle?.writeLatin1String === 'function' &&
    typeof handle.writev === 'function' &&
    typeof handle.useUserBuffer === 'function' &&
    typeof handle.readStart === 'function' &&
    typeof handle.shutdown === 'function' &&
    typeof handle.close === 'function' &&
    typeof handle.writeQueueSize === 'number' &&
    typeof handle.bytesWritten === 'number'
  return isKnown ? (handle as StreamHandle) : null
}

/** In `onread`: how many bytes were read, or a negative libuv error. */
export const readResult = (): number => state[READ_RESULT] as number

/** libuv's UV_EOF. */
export const END_OF_FILE = -4095

/** Returned by writes that the kernel has not taken whole: `owner` is told when they end. */
export const WRITE_PENDING = 1

/** Reused as long as writes end at once. */
let spare: WriteRequest | null = null

function onWriteEnd(this: WriteRequest, status: number): void {
  const owner = this.novaOwner
  this.novaOwner = null
  this.novaChunks = null
  owner?.onWritten(status)
}

const takeRequest = (): WriteRequest | null => {
  if (WRITE_ERROR >= 0) return null
  if (spare !== null) {
    const request = spare
    spare = null
    return request
  }
  const { WriteWrap } = binding as StreamBinding
  const request = new WriteWrap()
  request.oncomplete = onWriteEnd
  request.novaOwner = null
  request.novaChunks = null
  return request
}

const settle = (
  request: WriteRequest | null,
  result: number | WriteRequest,
  chunks: unknown,
  owner: WriteOwner,
): number => {
  if (request === null) return settleReturned(result, chunks, owner)
  if (result === 0 && state[WAS_ASYNC] !== 0) {
    request.novaOwner = owner
    request.novaChunks = chunks
    return WRITE_PENDING
  }
  spare = request
  return result as number
}

/** Node 26: a number says that the write has ended. */
const settleReturned = (result: number | WriteRequest, chunks: unknown, owner: WriteOwner): number => {
  if (typeof result === 'number') return result
  const error = state[WRITE_ERROR] as number
  if (error !== 0) return error
  const { writeStatus } = result
  if (typeof writeStatus === 'number') return writeStatus
  result.oncomplete = onWriteEnd
  result.novaOwner = owner
  result.novaChunks = chunks
  return WRITE_PENDING
}

/** Writes latin1 text. Returns 0 when it has left, WRITE_PENDING, or a negative libuv error. */
export const writeText = (handle: StreamHandle, text: string, owner: WriteOwner): number => {
  const request = takeRequest()
  return settle(request, handle.writeLatin1String(request, text), null, owner)
}

/** Writes chunks, latin1 text or bytes, in one system call. Returns as `writeText`. */
export const writeChunks = (
  handle: StreamHandle,
  chunks: readonly (string | Uint8Array)[],
  owner: WriteOwner,
): number => {
  const request = takeRequest()
  const encoded: unknown[] = []
  for (const chunk of chunks) encoded.push(chunk, typeof chunk === 'string' ? 'latin1' : 'buffer')
  return settle(request, handle.writev(request, encoded, false), encoded, owner)
}

/** Half-closes once everything written has left, then tells `owner`. */
export const shutDown = (handle: StreamHandle, owner: ShutdownOwner): void => {
  const { ShutdownWrap } = binding as StreamBinding
  const request = new ShutdownWrap()
  request.novaOwner = owner
  request.oncomplete = onShutdownEnd
  // Not connected any more, or done at once: nothing will be told.
  if (handle.shutdown(request) !== 0) owner.onShutdown()
}

function onShutdownEnd(this: ShutdownRequest): void {
  this.novaOwner.onShutdown()
}

/** The error Node makes of a libuv status: `code` is its name (ECONNRESET), `errno` the number. */
export const errorOf = (status: number, syscall: string): Error => {
  const code = process.getBuiltinModule('node:util').getSystemErrorName(status)
  return Object.assign(new Error(`${syscall} ${code}`), { code, errno: status, syscall })
}
