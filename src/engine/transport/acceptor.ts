import { createServer, type ListenOptions, type Server, Socket } from 'node:net'
import { NovaError } from '../../errors.ts'
import { StreamTransport } from './stream-transport.ts'
import type { Transport } from './transport.ts'
import { onWindowRead, WindowTransport } from './window-transport.ts'

/** The one internal this engine touches: the listening handle's accept callback (Node 20 to 26, lib/net.js). */
interface ListenHandle {
  onconnection: (this: ListenHandle, status: number, client: unknown) => void
}

/** Fields that net.Server keeps so that `server.close()` completes once its last socket is gone. */
interface ServerInternals {
  _handle?: ListenHandle | null
  _connections: number
}
interface SocketInternals {
  server: Server
  _server: Server
}

export interface AcceptorOptions {
  /** The parser's read window, shared by every socket of the thread. */
  readonly window: Buffer
  /** False: use the public 'connection' and 'data' events only. */
  readonly useWindow: boolean
  readonly onTransport: (transport: Transport) => void
}

export interface TakeOverOptions {
  readonly window: Buffer
  /** `options` make a socket that reads into the window. */
  readonly makeSocket: (options: WindowSocketOptions) => Socket
  readonly onSocket: (socket: Socket) => void
}

/** Of `net.Socket`, as Node's own accept callback and `onread` need them. */
export interface WindowSocketOptions {
  readonly handle: unknown
  readonly onread: { readonly buffer: Buffer; readonly callback: typeof onWindowRead }
  readonly allowHalfOpen: true
}

/**
 * Accepts on the listening handle itself, so that sockets can be made with `onread`. False where that is unknown; then
 * `server` emits 'connection' as ever.
 */
export const takeOver = (server: Server, { window, makeSocket, onSocket }: TakeOverOptions): boolean => {
  const internals = server as unknown as ServerInternals
  const handle = internals._handle
  if (typeof handle?.onconnection !== 'function' || typeof internals._connections !== 'number') return false
  const onread = { buffer: window, callback: onWindowRead }
  const { onconnection } = handle
  handle.onconnection = (status, client) => {
    const isFull = server.maxConnections > 0 && internals._connections >= server.maxConnections
    if (status !== 0 || client === undefined || isFull) {
      // Node tells errors and dropped connections; an error that nobody listens to must not end the process.
      if (isFull || server.listenerCount('error') > 0) onconnection.call(handle, status, client)
      return
    }
    const socket = makeSocket({ handle: client, onread, allowHalfOpen: true })
    internals._connections++
    const back = socket as unknown as SocketInternals
    back.server = server
    back._server = server
    onSocket(socket)
  }
  return true
}

/** A listening socket. Accepts into transports that read straight into the window where Node allows it. */
export class Acceptor {
  readonly server: Server
  readonly #options: AcceptorOptions
  /** True when accepted sockets read into the window. */
  usesWindow = false

  constructor(options: AcceptorOptions) {
    this.#options = options
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      options.onTransport(new StreamTransport(socket))
    })
  }

  /** Resolves once bound; rejects with Node's error (EADDRINUSE, EACCES, ...), or ENGINE_DRAINED when closed before. */
  listen(options: ListenOptions & { fd?: number }): Promise<void> {
    return new Promise((resolve, reject) => {
      const { server } = this
      // Closed while its address is looked up, a server never calls back.
      const onClose = (): void => reject(new NovaError('ENGINE_DRAINED'))
      server.once('error', reject).once('close', onClose)
      server.listen(options, () => {
        server.off('error', reject).off('close', onClose)
        if (this.#options.useWindow) this.#takeOver()
        resolve()
      })
    })
  }

  /** Stops accepting at once. Resolves when the last accepted socket is gone as well. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve())
    })
  }

  #takeOver(): void {
    const { window, onTransport } = this.#options
    this.usesWindow = takeOver(this.server, {
      window,
      makeSocket: (options) => new Socket(options as unknown as ConstructorParameters<typeof Socket>[0]),
      onSocket: (socket) => {
        socket.setNoDelay(true)
        onTransport(new WindowTransport(socket))
      },
    })
  }
}
