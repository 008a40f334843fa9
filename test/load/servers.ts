import { Random } from '../../src/load/arrivals/random.ts'
import type { SimulatedServer } from './simulated-world.ts'

/** One worker that takes requests in order; `serviceMs` says how long each takes. */
export const queueServer = (serviceMs: () => number): SimulatedServer => {
  let freeMs = 0
  return (arrivedMs) => {
    freeMs = Math.max(freeMs, arrivedMs) + serviceMs()
    return freeMs
  }
}

/** Exponential service times: with Poisson arrivals an M/M/1 queue. */
export const exponentialServer = (perSecond: number, seed: number): SimulatedServer => {
  const random = new Random(seed)
  return queueServer(() => random.exponential(1000 / perSecond))
}

/** Service times that are all the same: with Poisson arrivals an M/D/1 queue. */
export const fixedServer = (perSecond: number): SimulatedServer => queueServer(() => 1000 / perSecond)

/** Answers after `ms`, however many there are. */
export const steadyServer =
  (ms: number): SimulatedServer =>
  (arrivedMs) =>
    arrivedMs + ms

/** Answers after 1 ms, but stands still for `stallMs` at the end of each `periodMs`; what came meanwhile waits. */
export const stallingServer =
  (periodMs: number, stallMs: number): SimulatedServer =>
  (arrivedMs) => {
    const phaseMs = arrivedMs % periodMs
    const waitMs = phaseMs >= periodMs - stallMs ? periodMs - phaseMs : 0
    return arrivedMs + waitMs + 1
  }

/** Serves `perSecond` at once, and lets what is beyond wait for tokens. */
export const tokenBucketServer = (perSecond: number, burst: number): SimulatedServer => {
  const gapMs = 1000 / perSecond
  let virtualMs = 0
  return (arrivedMs) => {
    virtualMs = Math.max(virtualMs + gapMs, arrivedMs)
    return Math.max(arrivedMs, virtualMs - burst * gapMs) + 1
  }
}
