import { expect } from 'vitest'
import type { HostileServer } from './hostile-server.ts'
import type { ConnectionState } from './states.ts'
import { type Visitor, visit } from './visitor.ts'

/** Brings `count` clients into `state` and makes sure that the server sees them there. */
const reach = async (server: HostileServer, state: ConnectionState, count: number): Promise<Visitor[]> => {
  const { stats: before } = await server.look()
  const visitors = await visit(server.port, count)
  const reached = visitors.map((visitor) => state.reach?.(visitor))
  for (const visitor of visitors) visitor.send(state.sends)
  await Promise.all(reached)
  await server.lookUntil(
    ({ connections, bytes }) =>
      connections.accepted - before.connections.accepted === count &&
      bytes.read - before.bytes.read === count * state.sends.length,
  )
  return visitors
}

/** `count` clients reset their connections in `state`. */
export const resetIn = async (
  server: HostileServer,
  state: ConnectionState,
  count: number,
): Promise<void> => {
  const visitors = await reach(server, state, count)
  for (const visitor of visitors) visitor.reset()
  // Handlers that still work keep nobody from noticing.
  if (state.isPaused !== true) await server.lookUntil(({ connections }) => connections.open === 0)
  await server.releaseAll()
  await server.expectCalm()
}

/** `count` clients half-close in `state`, and read what they are told. */
export const halfCloseIn = async (
  server: HostileServer,
  state: ConnectionState,
  count: number,
): Promise<void> => {
  const visitors = await reach(server, state, count)
  for (const visitor of visitors) {
    visitor.finish()
    visitor.socket.resume()
  }
  await Promise.all([server.releaseAll(), ...visitors.map((visitor) => visitor.ended)])
  for (const visitor of visitors) expect(visitor.statuses).toEqual(state.answers)
  await server.expectCalm()
}
