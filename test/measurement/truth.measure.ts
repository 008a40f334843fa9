import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { findCapacity, type LoadResult, runLoad } from '../../src/load.ts'
import { md1QuantileMs, mm1QuantileMs } from '../load/queueing-theory.ts'

const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url))

/** Starts the model in a process of its own, on another core where there is one. Returns its URL. */
const startModel = async (...model: (string | number)[]): Promise<string> => {
  const command = [process.execPath, SERVER, ...model.map(String)]
  const [file = '', ...args] = availableParallelism() > 1 ? ['taskset', '-c', '0', ...command] : command
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.stdin.end()
  })
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  return `http://127.0.0.1:${Number(port)}/`
}

const say = (what: string, { latency, generator }: LoadResult): void => {
  console.log(
    `${what}: p50 ${latency.p50Us / 1000} ms, p99 ${latency.p99Us / 1000} ms, schedule lag p99 ${generator.scheduleLag.p99Us} us`,
  )
}

/** On a machine that does something else these tests say nothing, and say so. */
const expectQuiet = ({ generator }: LoadResult): void => {
  expect(generator.scheduleLag.p99Us, 'This machine is busy: p99 of the schedule lag in us').toBeLessThan(
    1_000,
  )
}

const deviation = (measuredUs: number, truthMs: number): number => Math.abs(measuredUs / 1000 / truthMs - 1)

describe('what is measured is what is', () => {
  test.each([10, 100, 1_000, 3_000])('a steady 100 ms server at %i/s has p50 = 100 +- 2 ms', async (rate) => {
    const result = await runLoad({
      url: await startModel('steady', 100),
      rate,
      connections: 600,
      durationMs: 4_000,
    })
    say(`steady 100 ms at ${rate}/s`, result)
    expectQuiet(result)
    expect(Math.abs(result.latency.p50Us / 1000 - 100)).toBeLessThan(2)
  })

  test('a stall of 1 s in 10 s is in p99 under open load, and hidden by closed loop', async () => {
    const url = await startModel('stall', 10_000, 1_000)
    const open = await runLoad({ url, rate: 200, connections: 400, durationMs: 20_000, warmUpMs: 0 })
    say('stall, open', open)
    expect(open.latency.p99Us / 1000).toBeGreaterThan(880)
    expect(open.latency.p99Us / 1000).toBeLessThan(920)
    const closed = await runLoad({ url, connections: 1, durationMs: 20_000, warmUpMs: 0 })
    say('stall, closed', closed)
    expect(closed.latency.p99Us / 1000).toBeLessThan(20)
  })

  test('M/M/1 and M/D/1 are within 5 % of theory', async () => {
    const options = {
      rate: 100,
      arrivals: 'poisson' as const,
      connections: 200,
      durationMs: 40_000,
      timeoutMs: 5_000,
    }
    const mm1 = await runLoad({ url: await startModel('mm1', 250), ...options })
    say('M/M/1', mm1)
    expectQuiet(mm1)
    expect(deviation(mm1.latency.p50Us, mm1QuantileMs(100, 250, 0.5))).toBeLessThan(0.05)
    const md1 = await runLoad({ url: await startModel('md1', 150), ...options })
    say('M/D/1', md1)
    expectQuiet(md1)
    expect(deviation(md1.latency.p99Us, md1QuantileMs(100, 150, 0.99))).toBeLessThan(0.1)
    expect(deviation(md1.latency.p50Us, md1QuantileMs(100, 150, 0.5))).toBeLessThan(0.05)
  })

  test('a token bucket of 700/s is found within 5 % in under 2 minutes', async () => {
    const began = performance.now()
    const { sustainable, exceeded } = await findCapacity({
      url: await startModel('bucket', 700),
      slo: 'p99<100ms,errors<0.1%',
      arrivals: 'constant',
      stepMs: 2_000,
    })
    console.log(
      `capacity of 700/s: ${sustainable} to ${exceeded}, ${Math.round((performance.now() - began) / 1000)} s`,
    )
    expect(Math.abs((sustainable ?? 0) / 700 - 1)).toBeLessThan(0.05)
    expect(performance.now() - began).toBeLessThan(120_000)
  })
})
