import { expect, test } from 'vitest'
import { startHostileServer } from './hostile-server.ts'
import { pauseBetween, readBadly, stop } from './stalled-readers.ts'

const MIB = 1_048_576
/** 1 GiB in chunks of 64 KiB. */
const GIB_CHUNKS = 16_384
/** What the server may hold for a reader: twice the high-water mark, and a chunk on top. */
const HELD_BYTES = MIB

test('readers that stop reading 1 GiB cost no memory, and are cut off', async () => {
  const server = await startHostileServer({ writeTimeoutMs: 500 })
  const { stats, heldBytes } = await readBadly(server, { clients: 4, chunks: GIB_CHUNKS }, stop)
  expect(stats.connections.closed.writeTimeout).toBe(4)
  expect(stats.timeouts.write).toBe(4)
  expect(stats.aborted).toBe(4)
  expect(heldBytes).toBeLessThan(stats.connections.accepted * HELD_BYTES)
})

test('readers that pause, and go on, get everything and cost no memory', async () => {
  const server = await startHostileServer()
  const chunks = 2_048
  const received: number[] = []
  const read = pauseBetween(32 * MIB, 20, (bytes) => received.push(bytes))
  const { stats, heldBytes, promisedBytes } = await readBadly(server, { clients: 2, chunks }, read)
  expect(stats).toMatchObject({ aborted: 0, timeouts: { write: 0, slowReader: 0 } })
  expect(received).toHaveLength(2)
  expect(Math.min(...received)).toBeGreaterThan(promisedBytes / 2)
  expect(heldBytes).toBeLessThan(stats.connections.accepted * HELD_BYTES)
})
