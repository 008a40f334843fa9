import process from 'node:process'
import { expect, test } from 'vitest'
import { Generator, systemEnvironment } from '../../src/load/generator.ts'
import type { LoadClock } from '../../src/load/load-clock.ts'
import { resolvePlan } from '../../src/load/load-plan.ts'
import { Model } from './model.ts'

const RATE = 20_000
const ROUNDS = 3

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/**
 * Time that passes only while this process runs: what other programs take of the core is not in it. With requests due all
 * the time the generator never sleeps, so that this is how late it would be if it had the core for itself.
 */
const cpuClock: LoadClock = {
  now: cpuMs,
  wallNow: cpuMs,
  after: (ms, callback) => {
    const dueMs = cpuMs() + ms
    let timer: NodeJS.Timeout
    const look = (): void => {
      if (cpuMs() >= dueMs) callback()
      else timer = setTimeout(look, 1)
    }
    timer = setTimeout(look, 1)
    return () => clearTimeout(timer)
  },
  approach: (_, callback) => {
    setImmediate(callback)
  },
}

test.for(['constant', 'poisson'] as const)(
  '20,000 requests/s leave less than 1 ms late at p99 of their own CPU time, with %s arrivals',
  async (arrivals) => {
    const { url } = await Model.start('steady', 0)
    const lagsUs: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const plan = resolvePlan({ url, rate: RATE, arrivals, connections: 512, durationMs: 3_000 })
      const generator = new Generator(plan, { ...systemEnvironment, clock: cpuClock }, () => {})
      await generator.open()
      const { generator: figures, requests } = await generator.run(cpuMs())
      expect(requests.good).toBe(requests.intended)
      const { p50Us, p90Us, p99Us, p999Us } = figures.scheduleLag
      console.log(JSON.stringify({ arrivals, good: requests.good, p50Us, p90Us, p99Us, p999Us }))
      lagsUs.push(p99Us)
    }
    expect(lagsUs.sort((a, b) => a - b)[ROUNDS >> 1]).toBeLessThan(1_000)
  },
)
