import { createServer, type ListenOptions, type Server, type Socket } from 'node:net'
import { NovaError } from '../../errors.ts'
import { HandleTransport } from './handle-transport.ts'
import { streamHandleOf } from './stream-handle.ts'
import { StreamTransport } from './stream-transport.ts'
import type { Transport } from './transport.ts'
import { removeStaleSocket, setMode } from './unix-socket.ts'

/** The listening handle and its accept callback (Node 20 to 26, lib/net.js). */
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

/** Where to listen. */
export interface ListenPlace extends ListenOptions {
  readonly fd?: number
  readonly handle?: object
  /** Of the file at `path`. */
  readonly mode?: number
}

export interface AcceptorOptions {
  /** The parser's read window, shared by every socket of the thread. */
  readonly window: Buffer
  /** False: use the public 'connection' and 'data' events only. */
  readonly useHandles: boolean
  readonly onTransport: (transport: Transport) => void
}

/**
 * Accepts on the listening handle itself: `onClient` gets the handle of each accepted connection, and returns false for
 * one that it does not know how to use. Then, and where the listening handle is unknown, `server` makes sockets as ever.
 */
export const takeOver = (server: Server, onClient: (handle: unknown) => boolean): void => {
  const internals = server as unknown as ServerInternals
  const handle = internals._handle
  if (typeof handle?.onconnection !== 'function' || typeof internals._connections !== 'number') return
  const { onconnection } = handle
  handle.onconnection = (status, client) => {
    const isFull = server.maxConnections > 0 && internals._connections >= server.maxConnections
    const isAccepted = status === 0 && client !== undefined && !isFull
    if (isAccepted && onClient(client)) return
    // Node tells errors and dropped connections; an error that nobody listens to must not end the process.
    if (isAccepted || isFull || server.listenerCount('error') > 0) onconnection.call(handle, status, client)
  }
}

/** Makes `socket` one of those that `server` counts, as Node's own accept callback does. */
export const countIn = (server: Server, socket: Socket): void => {
  ;(server as unknown as ServerInternals)._connections++
  const back = socket as unknown as SocketInternals
  back.server = server
  back._server = server
}

/** A listening socket. Accepts handles that read straight into the window where Node allows it. */
export class Acceptor {
  readonly server: Server
  readonly #options: AcceptorOptions
  #isClosed = false

  constructor(options: AcceptorOptions) {
    this.#options = options
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      options.onTransport(new StreamTransport(socket))
    })
  }

  /**
   * Resolves once bound; rejects with Node's error (EADDRINUSE, EACCES, ...), or ENGINE_DRAINED when closed before. The
   * socket file of a process that is gone is in nobody's way.
   */
  async listen(where: ListenPlace): Promise<void> {
    const { path, mode } = where
    try {
      await this.#bind(where)
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!isTaken || path === undefined || !(await removeStaleSocket(path))) throw error
      if (this.#isClosed) throw new NovaError('ENGINE_DRAINED')
      await this.#bind(where)
    }
    if (path === undefined || mode === undefined) return
    try {
      setMode(path, mode)
    } catch (error) {
      this.server.close()
      throw error
    }
  }

  #bind(where: ListenPlace): Promise<void> {
    return new Promise((resolve, reject) => {
      const { server } = this
      // Closed while its address is looked up, a server never calls back.
      const onClose = (): void => reject(new NovaError('ENGINE_DRAINED'))
      const onError = (error: Error): void => {
        server.off('close', onClose).off('listening', onListening)
        reject(error)
      }
      const onListening = (): void => {
        server.off('error', onError).off('close', onClose)
        if (this.#options.useHandles) this.#takeOver()
        resolve()
      }
      server.once('error', onError).once('close', onClose).once('listening', onListening)
      const { handle } = where
      if (handle === undefined) server.listen(where)
      else server.listen(handle, where.backlog)
    })
  }

  /** Stops accepting at once. Resolves when the last accepted socket is gone as well. */
  close(): Promise<void> {
    this.#isClosed = true
    return new Promise((resolve) => {
      this.server.close(() => resolve())
    })
  }

  #takeOver(): void {
    const { window, onTransport } = this.#options
    takeOver(this.server, (client) => {
      const handle = streamHandleOf(client)
      if (handle === null) return false
      onTransport(new HandleTransport(handle, window))
      return true
    })
  }
}
