import { expect, test } from 'vitest'
import { GoodClients } from './good-clients.ts'
import { startHostileServer } from './hostile-server.ts'
import { startSlowSenders } from './slow-senders.ts'

const ATTACKERS = 400

test(`${ATTACKERS} clients that trickle heads and bodies are cut off, others are served meanwhile`, async () => {
  const server = await startHostileServer({
    maxRequestsPerConnection: 0,
    idleTimeoutMs: 0,
    headTimeoutMs: 600,
    bodyTimeoutMs: 600,
  })
  const senders = await startSlowSenders(server.port, ATTACKERS)
  const good = new GoodClients(server.port, 50)
  await good.askOnce()
  await senders.come()
  for (;;) {
    await good.askOnce()
    const { timeouts } = (await server.look()).stats
    if (timeouts.head >= ATTACKERS / 2 && timeouts.body >= ATTACKERS / 2) break
  }
  const { status, closedByServer, failed } = await senders.leave()
  expect(Object.keys(status)).toEqual(['408'])
  expect(failed).toBe(0)
  expect(closedByServer).toBeGreaterThan(0)
  good.close()
  await server.expectCalm()
})
