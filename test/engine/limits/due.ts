import { expect } from 'vitest'
import type { EngineStats } from '../../../src/engine/server/engine-stats.ts'
import { TICK_MS } from '../../../src/engine/server/reactor.ts'
import type { ManualClock } from '../../../src/engine/time/manual-clock.ts'
import { settle } from '../../support/memory-server.ts'
import type { MemoryTransport } from '../../support/memory-transport.ts'

/** How late a deadline may be noticed, ms. */
export const SLACK_MS = 2 * TICK_MS

export const isGone = (peer: MemoryTransport): boolean => peer.isEnded || peer.isDestroyed

/** Lets `ms` pass, in which nothing may happen to `peer`. */
export const stays = async (clock: ManualClock, peer: MemoryTransport, ms: number): Promise<void> => {
  clock.advance(ms)
  await settle(2)
  expect(isGone(peer), 'still open').toBe(false)
}

/** Nothing may happen to `peer` before `ms` have passed; soon after it must be gone. */
export const goesAfter = async (clock: ManualClock, peer: MemoryTransport, ms: number): Promise<void> => {
  await stays(clock, peer, ms - 1)
  clock.advance(1 + SLACK_MS)
  await settle(2)
  expect(isGone(peer), `gone soon after ${ms} ms`).toBe(true)
}

/** The peer closes its side too, so that the connection is counted. */
export const leave = async (peer: MemoryTransport): Promise<void> => {
  if (!peer.isDestroyed) peer.endInput()
  await settle(2)
}

/** The counts that are not zero. */
export const counted = (counts: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0))

/** What ended, and why, in one value. */
export const outcome = ({ timeouts, refused, connections }: EngineStats) => ({
  timeouts: counted(timeouts),
  refused,
  closed: counted(connections.closed),
})
