import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { HttpConnection, ResponseSocket } from './http-connection.ts'

/** Listeners of a connection's socket: what lib/_http_server.js does on the same events. Named, one for all sockets. */

interface ServedSocket extends ResponseSocket {
  novaConnection?: HttpConnection
}

const serverOf = (socket: ServedSocket): Server | undefined => socket.novaConnection?.dropIn.server

const ignore = (): void => {}

/** Tells 'clientError', once per socket. False when nobody listens. */
export const emitClientError = (connection: HttpConnection, error: Error): boolean => {
  const { socket, dropIn } = connection
  socket.removeListener('error', onError)
  // The program may destroy the socket with the error it was just told.
  if (socket.listenerCount('error', ignore) === 0) socket.on('error', ignore)
  return dropIn.server.emit('clientError', error, socket)
}

function onError(this: ServedSocket, error: Error): void {
  const { novaConnection } = this
  if (novaConnection === undefined) return
  if (!emitClientError(novaConnection, error)) this.destroy(error)
}

function onTimeout(this: ServedSocket): void {
  const response = this.novaConnection?.current
  const request = response?.req
  const isRequestTold = request !== undefined && !request.complete && request.emit('timeout', this)
  const isResponseTold = response?.emit('timeout', this)
  const isServerTold = serverOf(this)?.emit('timeout', this)
  if (!isRequestTold && !isResponseTold && !isServerTold) this.destroy()
}

/** The client has closed its side. As in Node, that is the end, unless `httpAllowHalfOpen` says otherwise. */
function onEnd(this: ServedSocket): void {
  const server = serverOf(this) as (Server & { httpAllowHalfOpen?: boolean }) | undefined
  // The engine, told of the end before, answers a request that broke off first.
  if (!server?.httpAllowHalfOpen) process.nextTick(endSocket, this)
}

const endSocket = (socket: Duplex): void => {
  // Node makes an error, stack and all, of a second end.
  if (!socket.writableEnded) socket.end()
}

function onClose(this: ServedSocket): void {
  this.novaConnection?.onClose()
}

export const listen = (connection: HttpConnection): void => {
  const socket = connection.socket as ServedSocket
  socket.novaConnection = connection
  socket.on('error', onError).on('timeout', onTimeout).on('end', onEnd).on('close', onClose)
}

/** The socket belongs to another protocol. */
export const unlisten = (connection: HttpConnection): void => {
  connection.socket
    .removeListener('error', onError)
    .removeListener('timeout', onTimeout)
    .removeListener('end', onEnd)
    .removeListener('close', onClose)
}
