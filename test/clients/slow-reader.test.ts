import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type Measurement, startServerProcess } from './server-process.ts'

const CHUNKS = 1_024
const ANSWER_BYTES = CHUNKS * 65_536

/** What the kernel's buffers of both ends may take on loopback, and no more than this. */
const KERNEL_BYTES = 24 * 1_048_576
/** What the server may hold: the high-water mark, a chunk on top, and noise. */
const HELD_BYTES = 2 * 1_048_576
/** Measurements in a row without progress after which nothing moves any more. */
const STILL = 10

const LAST_CHUNK = '\r\n0\r\n\r\n'

test('a client that never reads a 64 MiB answer costs the server no memory, and may still read it', async () => {
  const server = await startServerProcess()
  const before = await server.measure()
  const socket = connect({ port: server.port, host: '127.0.0.1' })
  onTestFinished(() => {
    socket.destroy()
  })
  socket.pause()
  socket.write(`GET /stream?chunks=${CHUNKS} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  await once(socket, 'connect')

  let written = 0
  let still = 0
  const stalled: Measurement = await server.measureUntil(({ stats }) => {
    still = stats.bytes.written > 0 && stats.bytes.written === written ? still + 1 : 0
    written = stats.bytes.written
    return still === STILL
  })
  expect(stalled.stats.bytes.written).toBeLessThan(KERNEL_BYTES)
  expect(stalled.externalBytes - before.externalBytes).toBeLessThan(HELD_BYTES)
  expect(stalled.heapBytes - before.heapBytes).toBeLessThan(HELD_BYTES)

  let received = 0
  let end = ''
  for await (const piece of socket) {
    received += (piece as Buffer).length
    end = (end + (piece as Buffer).subarray(-LAST_CHUNK.length).toString('latin1')).slice(-LAST_CHUNK.length)
  }
  expect(received).toBeGreaterThan(ANSWER_BYTES)
  expect(end).toBe(LAST_CHUNK)
  const after = await server.measureAtRest()
  expect(after.stats).toMatchObject({ aborted: 0, exchanges: { live: 0 }, deadlines: 0 })
  expect(after.externalBytes - before.externalBytes).toBeLessThan(HELD_BYTES)
})
