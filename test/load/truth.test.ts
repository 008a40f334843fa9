import { describe, expect, test } from 'vitest'
import type { LoadResult } from '../../src/load/result.ts'
import { md1QuantileMs, mm1QuantileMs } from './queueing-theory.ts'
import { exponentialServer, fixedServer, stallingServer, steadyServer } from './servers.ts'
import { SimulatedWorld } from './simulated-world.ts'

const p50Ms = ({ latency }: LoadResult): number => latency.p50Us / 1000
const p99Ms = ({ latency }: LoadResult): number => latency.p99Us / 1000

/** Share by which a measured value differs from the true one. */
const deviation = (measured: number, truth: number): number => Math.abs(measured / truth - 1)

describe('latency under open load', () => {
  test.each([1, 50, 2_000])(
    'a steady 100 ms server has a median of 100 ms at %i requests/s',
    async (rate) => {
      const result = await new SimulatedWorld(steadyServer(100)).runLoad({
        rate,
        durationMs: 5_000,
        connections: 400,
      })
      expect(p50Ms(result)).toBeCloseTo(100, 0)
      expect(result.requests.good).toBe(rate * 5)
      expect(result.requests).toMatchObject({ failed: 0, unfinished: 0 })
    },
  )

  test('too few connections for the rate show as waiting, not as a lower rate of arrivals', async () => {
    const world = new SimulatedWorld(steadyServer(100))
    const result = await world.runLoad({ rate: 20, durationMs: 5_000, warmUpMs: 0, connections: 1 })
    // One connection carries 10 of 20 per second: the k-th request waits for k * 50 ms.
    expect(result.requests.intended).toBe(100)
    expect(p50Ms(result)).toBeGreaterThan(2_400)
    expect(result.serviceTime.p50Us / 1000).toBeCloseTo(100, 0)
  })

  test('what becomes due while the generator stands still counts, also at the end of the window', async () => {
    const world = new SimulatedWorld(steadyServer(1))
    const result = await world.runLoad({
      rate: 100,
      durationMs: 1_100,
      warmUpMs: 0,
      onProgress: ({ phase, elapsedMs }) => {
        if (phase === 'measure' && elapsedMs === 1_000) world.standStill(150)
      },
    })
    expect(result.requests).toMatchObject({ intended: 110, good: 110 })
    expect(Math.round(result.latency.maxUs / 1_000)).toBe(151)
  })

  test('a stall shows as long as it is in p99, and closed loop hides it', async () => {
    const stalls = { durationMs: 20_000, warmUpMs: 0 }
    const open = await new SimulatedWorld(stallingServer(10_000, 1_000)).runLoad({
      ...stalls,
      rate: 100,
      connections: 500,
    })
    // 10 % of the arrivals meet the stall and wait evenly between 0 and 1 s: the slowest 1 % waited 0.9 s and more.
    expect(p99Ms(open)).toBeGreaterThan(890)
    expect(p99Ms(open)).toBeLessThan(915)
    const closed = await new SimulatedWorld(stallingServer(10_000, 1_000)).runLoad({
      ...stalls,
      connections: 1,
    })
    expect(p99Ms(closed)).toBeLessThan(2)
  })

  test('M/M/1 at half load is within 5 % of theory', async () => {
    const result = await new SimulatedWorld(exponentialServer(2_000, 7)).runLoad({
      rate: 1_000,
      arrivals: 'poisson',
      durationMs: 40_000,
      connections: 200,
    })
    expect(deviation(p50Ms(result), mm1QuantileMs(1_000, 2_000, 0.5))).toBeLessThan(0.05)
    expect(deviation(p99Ms(result), mm1QuantileMs(1_000, 2_000, 0.99))).toBeLessThan(0.05)
  })

  test('M/D/1 at 70 % load is within 5 % of theory', async () => {
    const result = await new SimulatedWorld(fixedServer(2_000)).runLoad({
      rate: 1_400,
      arrivals: 'poisson',
      durationMs: 40_000,
      connections: 200,
    })
    expect(deviation(p50Ms(result), md1QuantileMs(1_400, 2_000, 0.5))).toBeLessThan(0.05)
    expect(deviation(p99Ms(result), md1QuantileMs(1_400, 2_000, 0.99))).toBeLessThan(0.05)
  })
})
