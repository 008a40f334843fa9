import { once } from 'node:events'
import type { HostileServer } from './hostile-server.ts'
import { Visitor } from './visitor.ts'

/** Visits under way at a time: each lane makes one connection after the other. */
const LANES = 16
/** Addresses the visits come from; a client that closes in order leaves its port in TIME_WAIT. */
const SOURCES = 32

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

type Visit = (visitor: Visitor) => Promise<unknown>

/** How a connection comes and goes. */
const VISITS: readonly Visit[] = [
  // Gone before a word is said.
  async (visitor) => {
    await visitor.connected
    visitor.reset()
  },
  // Gone in the middle of a head.
  async (visitor) => {
    visitor.send('GET / HTTP/1.1\r\nHo')
    await visitor.connected
    visitor.reset()
  },
  // Gone before its answer can have come.
  async (visitor) => {
    visitor.send(REQUEST)
    await visitor.connected
    visitor.reset()
  },
  // Gone with its answer.
  async (visitor) => {
    visitor.send(REQUEST)
    await Promise.race([once(visitor.socket, 'data'), visitor.ended])
    visitor.reset()
  },
  // Leaves in order.
  async (visitor) => {
    visitor.send(REQUEST)
    visitor.finish()
    await visitor.ended
  },
]

/** Opens and drops `count` connections, a few at a time. Settles when the server has seen the last of them go. */
export const comeAndGo = async (server: HostileServer, count: number): Promise<void> => {
  const accepted = (await server.look()).stats.connections.accepted + count
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) {
      const id = next++
      const visit = VISITS[id % VISITS.length] as Visit
      await visit(new Visitor(server.port, `127.0.0.${1 + (id % SOURCES)}`))
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  await server.lookUntil(({ connections }) => connections.accepted === accepted && connections.open === 0)
}
