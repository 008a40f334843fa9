import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect } from 'vitest'
import type { HostileServer } from './hostile-server.ts'
import { type Visitor, visit } from './visitor.ts'

const slow = (id: number): string => `GET /slow?id=${id} HTTP/1.1\r\nHost: localhost\r\n\r\n`

const idsOf = ({ text }: Visitor): number[] =>
  Array.from(text.matchAll(/\/slow\?id=(\d+)/g), ([, id]) => Number(id))

const upTo = (count: number): number[] => Array.from({ length: count }, (_, id) => id)

export interface FloodFigures {
  answered: number
  refused: number
  /** Most requests in flight at once, all connections together. */
  peakInFlight: number
}

/** `clients` send `requests` each in one go. Every one of them is answered in order, unless the server closes. */
export const flood = async (
  server: HostileServer,
  clients: number,
  requests: number,
): Promise<FloodFigures> => {
  const visitors = await visit(server.port, clients)
  const everything = upTo(requests).map(slow).join('')
  for (const visitor of visitors) {
    visitor.send(everything)
    visitor.finish()
  }
  await Promise.all(visitors.map((visitor) => visitor.ended))
  const figures = { answered: 0, refused: 0, peakInFlight: 0 }
  for (const visitor of visitors) {
    const { statuses } = visitor
    const answered = statuses.filter((status) => status === 200).length
    const refused = statuses.filter((status) => status === 503).length
    expect(answered + refused).toBe(statuses.length)
    // The answers that were given are those to the requests in their order, each to its own.
    const ids = idsOf(visitor)
    const expected = upTo(statuses.length).filter((id) => statuses[id] === 200)
    expect(ids).toEqual(expected)
    figures.answered += answered
    figures.refused += refused
  }
  figures.peakInFlight = (await server.expectCalm()).stats.exchanges.peak
  return figures
}

export interface DeafFigures {
  /** Requests the server began before it stopped reading. */
  requests: number
  /** What the server took of what was sent, bytes. */
  readBytes: number
  /** By how much the server's resident memory grew, bytes. */
  grownBytes: number
  cut: number
}

const ask = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`

/** `clients` send requests for `target` as long as they can, up to `maxRequests`, and never read. */
export const neverRead = async (
  server: HostileServer,
  target: string,
  { clients, maxRequests }: { clients: number; maxRequests: number },
): Promise<DeafFigures> => {
  const { stats: before } = await server.measure()
  const resident = server.residentBytes
  let peak = resident
  const visitors = await visit(server.port, clients)
  const batch = ask(target).repeat(100)
  for (const visitor of visitors) {
    visitor.socket.pause()
    for (let sent = 0; sent < maxRequests; sent += 100) visitor.send(batch)
  }
  const after = await server.lookUntil((now) => {
    peak = Math.max(peak, server.residentBytes)
    return now.connections.open === 0
  })
  for (const visitor of visitors) visitor.reset()
  await server.expectCalm()
  return {
    requests: after.requests - before.requests,
    readBytes: after.bytes.read - before.bytes.read,
    grownBytes: peak - resident,
    cut: after.connections.closed.writeTimeout - before.connections.closed.writeTimeout,
  }
}

/** `count` connections say nothing at all until they are closed. Returns how many heard a word. */
export const sayNothing = async (server: HostileServer, count: number): Promise<{ told: number }> => {
  const visitors = await visit(server.port, count)
  await Promise.all(
    visitors.map(async (visitor) => {
      await visitor.ended
      visitor.finish()
    }),
  )
  await nextTurn()
  await server.expectCalm()
  return { told: visitors.filter(({ text }) => text !== '').length }
}
