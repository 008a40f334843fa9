import { describe, expect, test } from 'vitest'
import type { EngineOptions } from '../../../src/options.ts'
import { get } from '../../support/answers.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'
import { goesAfter, outcome, SLACK_MS, stays } from './due.ts'

const serve = async (options: EngineOptions, fields = '') => {
  const server = new MemoryServer((_req, res) => res.end('x'.repeat(100_000)), {
    idleTimeoutMs: 1_000,
    lingerTimeoutMs: 500,
    writeTimeoutMs: 0,
    minDrainBytesPerSecond: 0,
    ...options,
  })
  const peer = server.connect()
  peer.holdWrites()
  peer.receive(get('/', fields))
  await settle(2)
  return { server, clock: server.clock, peer }
}

describe('minDrainBytesPerSecond', () => {
  test('destroys the connection of a client that takes less over 10 s', async () => {
    const { server, clock, peer } = await serve({ minDrainBytesPerSecond: 100 })
    for (let i = 0; i < 9; i++) {
      await stays(clock, peer, 1_000)
      peer.takePending(100)
    }
    await goesAfter(clock, peer, 1_000)
    await settle(2)
    expect(peer.isDestroyed).toBe(true)
    expect(outcome(server.stats)).toEqual({
      timeouts: { slowReader: 1 },
      refused: {},
      closed: { slowReader: 1 },
    })
  })

  test('judges each window anew: a client that was fast must not become slow', async () => {
    const { clock, peer } = await serve({ minDrainBytesPerSecond: 100 })
    peer.takePending(50_000)
    await stays(clock, peer, 10_000 + SLACK_MS)
    peer.takePending(10)
    await goesAfter(clock, peer, 10_000 - SLACK_MS)
  })

  test('lets a client be that takes just as much', async () => {
    const { clock, peer } = await serve({ minDrainBytesPerSecond: 100 })
    for (let i = 0; i < 60; i++) {
      await stays(clock, peer, 1_000)
      peer.takePending(103)
    }
  })

  test('leaves a client that takes nothing at all to writeTimeoutMs', async () => {
    const { server, clock, peer } = await serve({ minDrainBytesPerSecond: 100, writeTimeoutMs: 45_000 })
    await goesAfter(clock, peer, 45_000)
    expect(server.stats.timeouts).toMatchObject({ write: 1, slowReader: 0 })
  })

  test('is no matter of how little there is: who takes all that waited keeps up', async () => {
    let send = (): void => {}
    const server = new MemoryServer(
      (_req, res) => {
        send = () => res.write('tick')
      },
      { idleTimeoutMs: 0 },
    )
    const peer = server.connect()
    peer.holdWrites()
    peer.receive(get('/'))
    for (let i = 0; i < 60; i++) {
      const before = peer.pendingBytes
      send()
      await settle(1)
      // What waited before has left, and something waits again.
      peer.takePending(before)
      await stays(server.clock, peer, 1_000)
    }
  })

  test('is off at 0', async () => {
    const { clock, peer } = await serve({})
    for (let i = 0; i < 60; i++) {
      await stays(clock, peer, 10_000)
      peer.takePending(1)
    }
  })
})

describe('A client that still reads its last response', () => {
  test('is not idle', async () => {
    const { server, clock, peer } = await serve({ idleTimeoutMs: 1_000 })
    await stays(clock, peer, 30_400)
    peer.releaseWrites()
    await goesAfter(clock, peer, 1_000)
    expect(server.stats.timeouts.idle).toBe(1)
  })

  test('is not cut off by the linger time (RFC 9112, 9.6)', async () => {
    const { clock, peer } = await serve({ lingerTimeoutMs: 500 }, 'Connection: close\r\n')
    expect(peer.isEnded).toBe(true)
    clock.advance(30_000)
    await settle(2)
    expect(peer.isDestroyed).toBe(false)
    // A socket that was ended tells nobody that it has drained.
    peer.takePending(peer.pendingBytes)
    clock.advance(500)
    await settle(2)
    expect(peer.isDestroyed).toBe(false)
    clock.advance(1_000)
    await settle(2)
    expect(peer.isDestroyed).toBe(true)
  })
})
