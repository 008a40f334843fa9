import { expect, test } from 'vitest'
import { flood, neverRead, sayNothing } from './floods.ts'
import { startHostileServer } from './hostile-server.ts'

const MIB = 1_048_576

test('10,000 requests in one go are answered in order, no more than maxPipelined at once', async () => {
  const server = await startHostileServer({ maxRequestsPerConnection: 0, maxPipelined: 64 })
  expect(await flood(server, 1, 10_000)).toEqual({ answered: 10_000, refused: 0, peakInFlight: 64 })
})

test('a connection is answered as many requests as it may ask, and no more', async () => {
  const server = await startHostileServer({ maxRequestsPerConnection: 1_000, maxPipelined: 64 })
  expect(await flood(server, 2, 2_000)).toMatchObject({ answered: 2_000, refused: 0 })
})

test('a flood over many connections is refused beyond maxRequestsInFlight, in order', async () => {
  const server = await startHostileServer({ maxRequestsPerConnection: 0, maxRequestsInFlight: 50 })
  const { answered, refused } = await flood(server, 20, 200)
  expect(answered + refused).toBe(4_000)
  expect(answered).toBeGreaterThan(0)
  expect(refused).toBeGreaterThan(0)
})

test('clients that never read their answers are read no further, and cut off', async () => {
  const server = await startHostileServer({ maxRequestsPerConnection: 0, writeTimeoutMs: 500 })
  const figures = await neverRead(server, '/big', { clients: 3, maxRequests: 20_000 })
  expect(figures.cut).toBe(3)
  expect(figures.requests).toBeLessThan(3 * 300)
  expect(figures.grownBytes).toBeLessThan(64 * MIB)
})

test('connections that say nothing are closed without a word', async () => {
  const server = await startHostileServer({ firstByteTimeoutMs: 300 })
  expect(await sayNothing(server, 300)).toEqual({ told: 0 })
  expect((await server.look()).stats.timeouts.firstByte).toBe(300)
})
