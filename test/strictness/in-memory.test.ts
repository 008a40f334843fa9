import { afterAll, describe, expect, test } from 'vitest'
import type { Handler } from '../../src/engine/server/engine.ts'
import { MemoryServer, settle } from '../support/memory-server.ts'
import type { MemoryTransport } from '../support/memory-transport.ts'
import { echoHandler, type Reply, withoutDate } from '../support/wire.ts'
import type { Rule } from './rule.ts'
import { ACCEPTED, REFUSED } from './rules.ts'
import { cutsBefore, expectAccepted, expectRefused } from './verdict.ts'

/** Turns of the event loop that a paused connection gets to take more. */
const PATIENCE = 50
const LINGER_MS = 1_100

let nextRequests = 0

const handler: Handler = (req, res) => {
  if (req.target === '/next') nextRequests++
  return echoHandler(req, res)
}

/** One server for all rules with the same options, so that pooled objects are reused from one to the next. */
const servers = new Map<string, MemoryServer>()
const serverFor = ({ options }: Rule): MemoryServer => {
  const key = JSON.stringify(options ?? {})
  const server = servers.get(key) ?? new MemoryServer(handler, options)
  servers.set(key, server)
  return server
}

/** Sends what a peer takes; true when there is nothing left to send. */
const feed = (peer: MemoryTransport, pieces: string[]): boolean => {
  while (pieces.length > 0 && !peer.isPaused) {
    if (peer.isEnded || peer.isDestroyed) return true
    peer.receive(pieces.shift() as string)
  }
  return pieces.length === 0
}

/** What comes back for each cut of a rule's bytes, all on connections of their own at the same time. */
const repliesTo = async (rule: Rule): Promise<[cut: string, reply: Reply][]> => {
  const server = serverFor(rule)
  const clients = cutsBefore(rule.send).map(([cut, pieces]) => ({ cut, pieces, peer: server.connect() }))
  for (let round = 0, isFed = false; !isFed && round < PATIENCE; round++) {
    isFed = clients.map(({ peer, pieces }) => feed(peer, pieces)).every((done) => done)
    await settle(1)
  }
  await settle(2)
  const replies = clients.map(({ cut, peer }): [string, Reply] => [
    cut,
    { text: withoutDate(peer.written), closed: peer.isEnded || peer.isDestroyed },
  ])
  server.clock.advance(LINGER_MS)
  for (const { peer } of clients) if (!peer.isDestroyed) peer.endInput()
  await settle(1)
  return replies
}

describe('refused, however the bytes are cut, and nothing behind is processed', () => {
  test.each(REFUSED)('$section: $name: $refused', async (rule) => {
    nextRequests = 0
    for (const [cut, reply] of await repliesTo(rule)) expectRefused(rule, reply, cut)
    expect(nextRequests).toBe(0)
  })
})

describe('accepted, however the bytes are cut', () => {
  test.each(ACCEPTED)('$section: $name', async (rule) => {
    for (const [cut, reply] of await repliesTo(rule)) expectAccepted(rule, reply, cut)
  })
})

afterAll(() => {
  for (const server of servers.values()) {
    expect(server.errors).toEqual([])
    expect(server.stats).toMatchObject({ exchanges: { live: 0 }, connections: { open: 0 } })
  }
})
