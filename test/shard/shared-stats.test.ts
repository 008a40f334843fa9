import { describe, expect, test } from 'vitest'
import { createEngine } from '../../src/engine/server/engine.ts'
import { REFUSALS } from '../../src/errors.ts'
import { Heartbeat } from '../../src/shard/heartbeat.ts'
import { SharedStats, Totals, toStats } from '../../src/shard/shared-stats.ts'

/** The statistics of an engine, with a different number in every place. */
const numbered = () => {
  let next = 1
  const number = (value: unknown): unknown =>
    typeof value === 'number'
      ? next++
      : value !== null && typeof value === 'object'
        ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, number(each)]))
        : value
  const { parser: _, ...stats } = createEngine({}, () => {}).stats()
  const refused = Object.fromEntries(Object.keys(REFUSALS).map((code) => [code, 0]))
  return number({ ...stats, refused }) as typeof stats
}

describe('shared statistics', () => {
  test('are those of the engine, every number of them', () => {
    const stats = numbered()
    const written = new SharedStats()
    written.write(stats)
    expect(toStats(new SharedStats(written.memory).read())).toEqual(stats)
  })

  test('leave out refusals that never occurred', () => {
    const { parser: _, ...stats } = createEngine({}, () => {}).stats()
    const shared = new SharedStats()
    shared.write(stats)
    expect(toStats(shared.read()).refused).toEqual({})
  })

  test('of an ended thread keep what was counted, not what was open', () => {
    const shared = new SharedStats()
    const stats = numbered()
    shared.write(stats)
    const totals = new Totals()
    totals.addEnded(shared.read())
    totals.add(shared.read())
    const { requests, connections, exchanges, eventLoopDelayMs } = toStats(totals.numbers)
    expect(requests).toBe(2 * stats.requests)
    expect(connections.accepted).toBe(2 * stats.connections.accepted)
    expect(connections.open).toBe(stats.connections.open)
    expect(connections.arriving).toBe(stats.connections.arriving)
    expect(exchanges.live).toBe(stats.exchanges.live)
    expect(eventLoopDelayMs).toBe(stats.eventLoopDelayMs)
  })

  test('say to the thread that durations are asked for', () => {
    const shared = new SharedStats()
    const ofThread = new SharedStats(shared.memory)
    shared.write(numbered())
    expect(ofThread.isMeasured).toBe(false)
    shared.measure()
    expect(ofThread.isMeasured).toBe(true)
    expect(toStats(ofThread.read())).toEqual(toStats(shared.read()))
  })

  test('beat with every write', () => {
    const shared = new SharedStats()
    const before = shared.beat
    shared.write(numbered())
    expect(shared.beat).toBe(before + 1)
  })
})

describe('a heartbeat', () => {
  test('tells for how long the loop has stood still, until it turns', () => {
    const heartbeat = new Heartbeat(100, 0)
    expect([100, 200, 300].map((now) => heartbeat.check(1, now))).toEqual([0, 100, 200])
    expect(heartbeat.check(2, 400)).toBe(0)
  })

  test('does not take the time in which nobody looked for a standstill', () => {
    const heartbeat = new Heartbeat(100, 0)
    heartbeat.check(1, 100)
    expect(heartbeat.check(1, 5_100)).toBe(200)
    expect(heartbeat.check(1, 5_200)).toBe(300)
  })
})
