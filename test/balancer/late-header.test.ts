import { expect, test } from 'vitest'
import { Arrival } from '../../src/engine/server/arrival.ts'
import { TrustedPeers } from '../../src/http/trusted-peers.ts'
import { StallingServer } from '../engine/limits/stalling-server.ts'
import { bodiesOf, get } from '../support/answers.ts'
import { settle } from '../support/memory-server.ts'
import { MemoryTransport } from '../support/memory-transport.ts'

const arrive = (server: StallingServer): MemoryTransport => {
  const { reactor } = server
  const transport = new MemoryTransport(reactor.parser.window)
  new Arrival({ reactor, proxies: new TrustedPeers(['192.0.2.1'], 'trusted'), tls: null }, transport).start()
  return transport
}

test('a connection that arrives in a stalled turn has all of its time behind it', async () => {
  const server = new StallingServer((req, res) => res.end(req.remoteAddress), { handshakeTimeoutMs: 2_000 })
  const [peer, silent] = [arrive(server), arrive(server)]
  server.clock.stall(8_000)
  server.clock.resume()
  await settle(2)
  expect(peer.isDestroyed).toBe(false)
  peer.receive(`PROXY TCP4 198.51.100.7 192.0.2.1 1 2\r\n${get('/')}`)
  await settle(2)
  expect(bodiesOf(peer.written)).toEqual(['198.51.100.7'])
  // The silent one has all of its time from then on.
  server.clock.advance(1_900)
  await settle(2)
  expect(silent.isDestroyed).toBe(false)
  server.clock.advance(300)
  await settle(2)
  expect(silent.isDestroyed).toBe(true)
  expect(server.stats.timeouts.handshake).toBe(1)
})
