import { Socket } from 'node:net'
import { Duplex, finished } from 'node:stream'
import type { WindowSocketOptions } from '../engine/transport/window-transport.ts'
import type { TwoSidedSocket } from './http-transport.ts'

type WriteCallback = (error?: Error | null) => void

/** Where the bytes go that a program, or Node's OutgoingMessage on its behalf, writes to the socket of a response. */
export interface SocketLink {
  /** A response is being written: its bytes belong into the engine's output. */
  readonly takesOutput: boolean
  readonly pendingBytes: number
  write(
    chunk: string | Uint8Array,
    encoding: BufferEncoding | undefined,
    callback: WriteCallback | undefined,
  ): boolean
  /** Writes out at once what is ready. */
  salvage(): void
}

/** The socket of a connection: Node's own, except that writing leads into the engine's output while a response is on. */
export class HttpSocket extends Socket implements TwoSidedSocket {
  isPassing = false
  /** Null before the connection is served and after an upgrade. */
  link: SocketLink | null = null

  constructor(options: WindowSocketOptions) {
    super(options as unknown as ConstructorParameters<typeof Socket>[0])
  }

  override write(
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | WriteCallback,
    callback?: WriteCallback,
  ): boolean {
    const { link } = this
    if (typeof encoding === 'function') {
      callback = encoding
      encoding = undefined
    }
    if (!this.isPassing && link !== null) {
      if (link.takesOutput && this.writable) return link.write(chunk, encoding, callback)
      link.salvage()
    }
    // Null, as Node's OutgoingMessage passes it, is no encoding either.
    return super.write(chunk, encoding ?? undefined, callback)
  }

  /** Once all that was written before has reached the kernel. */
  whenWritten(callback: WriteCallback): void {
    // Writing to a stream that was ended, even nothing, destroys it with all that it still holds.
    if (this.writableEnded) finished(this, { readable: false }, callback)
    else super.write('', undefined, callback)
  }

  /** Since it has a read buffer, net.Socket would stop reading at once: an upgraded one that is paused must see its end. */
  override pause(): this {
    return this.link === null ? (Duplex.prototype.pause.call(this) as this) : super.pause()
  }

  // Answers are collected until the end of the turn anyway.
  override cork(): void {
    if (this.isPassing || this.link === null) super.cork()
  }

  override end(...args: unknown[]): this {
    if (!this.isPassing) this.link?.salvage()
    const wasPassing = this.isPassing
    this.isPassing = true
    super.end(...(args as Parameters<Socket['end']>))
    this.isPassing = wasPassing
    return this
  }

  override destroy(error?: Error): this {
    this.link?.salvage()
    return super.destroy(error)
  }
}

const inherited = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Socket.prototype) as object,
  'writableLength',
)?.get

// Typed as a property, which a class cannot override with an accessor.
Object.defineProperty(HttpSocket.prototype, 'writableLength', {
  configurable: true,
  get(this: HttpSocket): number {
    return ((inherited?.call(this) as number | undefined) ?? 0) + (this.link?.pendingBytes ?? 0)
  },
})
