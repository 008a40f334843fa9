import { describe, expect, type TestContext, test } from 'vitest'
import { findCapacity, type LoadOptions, type LoadResult, runLoad } from '../../src/load.ts'
import { md1QuantileMs, mm1QuantileMs } from '../load/queueing-theory.ts'
import { Model, type ServerTimes } from './model.ts'

/** What the client may add to the server's own times: the way there and back, and two turns of event loops. */
const WAY_MS = 0.3

interface Measured {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly lagP99Ms: number
  readonly server: ServerTimes
}

/** One test of the model, after it is warm. */
const measure = async (model: Model, options: Omit<LoadOptions, 'url'>): Promise<Measured> => {
  await runLoad({ url: model.url, ...options, durationMs: 1_500, warmUpMs: 0 })
  await model.times()
  const { latency, generator }: LoadResult = await runLoad({ url: model.url, warmUpMs: 0, ...options })
  const measured = {
    p50Ms: latency.p50Us / 1_000,
    p99Ms: latency.p99Us / 1_000,
    lagP99Ms: generator.scheduleLag.p99Us / 1_000,
    server: await model.times(),
  }
  console.log(JSON.stringify(measured))
  return measured
}

/** A test says nothing of the generator when others kept the server from answering in time, or the generator from sending. */
const skipUnlessQuiet = ({ server, lagP99Ms }: Measured, toleratedMs: number, context: TestContext): void => {
  context.skip(
    server.late.p99Ms > toleratedMs || lagP99Ms > toleratedMs,
    `others had the cores: the server was late by p99 ${server.late.p99Ms.toFixed(1)} ms, the generator by ${lagP99Ms.toFixed(1)} ms`,
  )
}

const deviation = (measured: number, truth: number): number => Math.abs(measured / truth - 1)

describe('what is measured is what is', () => {
  test.for([10, 100, 1_000, 3_000])(
    'a steady 100 ms server at %i/s has p50 = 100 +- 2 ms',
    async (rate, context) => {
      const model = await Model.start('steady', 100)
      const measured = await measure(model, { rate, connections: 600, durationMs: 4_000 })
      skipUnlessQuiet(measured, 2, context)
      expect(Math.abs(measured.p50Ms - 100)).toBeLessThan(2)
    },
  )

  test('a stall of 1 s in 10 s is in p99 under open load, and hidden by closed loop', async () => {
    const { url } = await Model.start('stall', 10_000, 1_000)
    const open = await runLoad({ url, rate: 200, connections: 400, durationMs: 20_000, warmUpMs: 0 })
    console.log(`stall, open: p99 ${open.latency.p99Us / 1000} ms`)
    expect(open.latency.p99Us / 1000).toBeGreaterThan(880)
    expect(open.latency.p99Us / 1000).toBeLessThan(920)
    const closed = await runLoad({ url, connections: 1, durationMs: 20_000, warmUpMs: 0 })
    console.log(`stall, closed: p99 ${closed.latency.p99Us / 1000} ms`)
    expect(closed.latency.p99Us / 1000).toBeLessThan(20)
  })

  /**
   * 4,000 requests alone differ from theory: at p99 by 8 % (M/M/1) and 15 % (M/D/1). The sample of this seed lies within
   * 3 %; test/load/truth.test.ts takes more, in simulated time.
   */
  const QUEUE: Omit<LoadOptions, 'url'> = {
    rate: 100,
    arrivals: 'poisson',
    seed: 21,
    connections: 200,
    durationMs: 40_000,
    timeoutMs: 5_000,
  }

  test.for([
    ['M/M/1', 'mm1', 250, mm1QuantileMs],
    ['M/D/1', 'md1', 150, md1QuantileMs],
  ] as const)('%s is within a twentieth of theory', async ([, name, perSecond, quantileMs], context) => {
    const measured = await measure(await Model.start(name, perSecond), QUEUE)
    const { wanted } = measured.server
    const [p50Ms, p99Ms] = [quantileMs(100, perSecond, 0.5), quantileMs(100, perSecond, 0.99)]
    skipUnlessQuiet(measured, 0.05 * p50Ms, context)
    // Arrivals: the queue that they make in the model is the one of theory.
    expect(deviation(wanted.p50Ms, p50Ms)).toBeLessThan(0.05)
    expect(deviation(wanted.p99Ms, p99Ms)).toBeLessThan(0.05)
    // Durations: what is measured is what the model wanted, and the way.
    expect(deviation(measured.p50Ms - WAY_MS / 2, p50Ms)).toBeLessThan(0.05)
    expect(deviation(measured.p99Ms, p99Ms)).toBeLessThan(0.05)
  })

  test('a token bucket of 700/s is found within a twentieth in under 2 minutes', async (context) => {
    const began = performance.now()
    const { url } = await Model.start('bucket', 700)
    const options = { slo: 'p99<100ms,errors<0.1%', arrivals: 'constant', stepMs: 2_000 } as const
    const { sustainable, exceeded, gaveWay } = await findCapacity({ url, ...options })
    console.log(
      `capacity of 700/s: ${sustainable} to ${exceeded}, ${Math.round((performance.now() - began) / 1000)} s`,
    )
    context.skip(gaveWay?.kind === 'generator', gaveWay?.reasons.join('; '))
    expect(Math.abs((sustainable ?? 0) / 700 - 1)).toBeLessThan(0.05)
    expect(performance.now() - began).toBeLessThan(120_000)
  })
})
