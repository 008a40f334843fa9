import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { EngineStats } from '../../src/engine/server/engine-stats.ts'
import type { HostileServer } from './hostile-server.ts'

const CHUNK_BYTES = 65_536

const WARM_UP_CHUNKS = 256

/** Both ways to stream: `write()` with `drained()`, and `stream()`. */
const ROUTES = ['/write', '/pour'] as const

export interface ReaderFigures {
  /** What was promised to the clients, bytes. */
  promisedBytes: number
  /** What the server wrote of it, which the kernel's buffers took, bytes. */
  writtenBytes: number
  /** By how much the server's resident memory grew at most, bytes. */
  grownBytes: number
  /** The most it held beyond what it held before, garbage not counted, bytes. */
  heldBytes: number
  stats: EngineStats
}

/** A client that has asked for `chunks` chunks and not read any yet. */
const ask = (port: number, route: string, chunks: number): Socket => {
  const socket = connect({ port, host: '127.0.0.1' })
  onTestFinished(() => {
    socket.destroy()
  })
  socket.on('error', () => {})
  socket.pause()
  socket.write(`GET ${route}?chunks=${chunks} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  return socket
}

const readAll = async (socket: Socket): Promise<void> => {
  const closed = once(socket, 'close')
  socket.resume()
  await closed
}

/**
 * `clients` ask for an answer of `chunks` each, and read it as `read` does. Watches the server's memory until the server
 * has closed every connection.
 */
export const readBadly = async (
  server: HostileServer,
  { clients, chunks }: { clients: number; chunks: number },
  read: (socket: Socket) => void,
): Promise<ReaderFigures> => {
  // What a process needs to stream at all is not what these readers cost.
  await Promise.all(ROUTES.map((route) => readAll(ask(server.port, route, WARM_UP_CHUNKS))))
  await server.lookUntil(({ connections }) => connections.open === 0)
  const before = await server.measure()
  const resident = server.residentBytes
  let peak = resident
  let heldBytes = 0
  const sockets = Array.from({ length: clients }, (_, i) =>
    ask(server.port, ROUTES[i % ROUTES.length] as string, chunks),
  )
  for (const socket of sockets) read(socket)
  const accepted = before.stats.connections.accepted + clients
  await server.measureUntil(({ stats: { connections }, externalBytes, heapBytes }) => {
    peak = Math.max(peak, server.residentBytes)
    heldBytes = Math.max(heldBytes, externalBytes + heapBytes - before.externalBytes - before.heapBytes)
    return connections.accepted === accepted && connections.open === 0
  })
  for (const socket of sockets) socket.destroy()
  const { stats } = await server.expectCalm()
  return {
    promisedBytes: clients * chunks * CHUNK_BYTES,
    writtenBytes: stats.bytes.written - before.stats.bytes.written,
    grownBytes: peak - resident,
    heldBytes,
    stats,
  }
}

/** Stops reading for good. */
export const stop = (): void => {}

/** Reads what one buffer holds, ten times a second: something, and never enough. */
export const trickle = (socket: Socket): void => {
  const timer = setInterval(() => socket.read(), 100)
  socket.once('close', () => clearInterval(timer))
}

/** Reads all of it, but stops for a while each time `everyBytes` have come. */
export const pauseBetween =
  (everyBytes: number, pauseMs: number, received: (bytes: number) => void) =>
  async (socket: Socket): Promise<void> => {
    let next = everyBytes
    let bytes = 0
    for await (const chunk of socket) {
      bytes += (chunk as Buffer).length
      if (bytes < next) continue
      next += everyBytes
      await delay(pauseMs)
    }
    received(bytes)
  }
