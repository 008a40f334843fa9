import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'
import type { LoadResult } from '../../src/load/result.ts'
import { exponentialServer } from '../load/servers.ts'
import { SimulatedWorld } from '../load/simulated-world.ts'
import { type Ended, nova, temporaryFolder } from './nova.ts'

/** An M/M/1 queue that carries `perSecond`; arrivals have another seed than services, or they would agree. */
const run = async (perSecond: number, seed: number, rate = 100): Promise<LoadResult> => {
  const result = await new SimulatedWorld(exponentialServer(perSecond, 100 + seed)).runLoad({
    ...{ rate, arrivals: 'poisson', durationMs: 20_000 },
  })
  // The generator's CPU is real where everything else is simulated.
  return { ...result, generator: { ...result.generator, limitedBy: [] } }
}

/** Compares two results from files. */
const compare = (a: unknown, b: unknown, ...args: string[]): Promise<Ended> => {
  const path = temporaryFolder()
  const [before, after] = [path('before.json'), path('after.json')]
  writeFileSync(before, JSON.stringify(a))
  writeFileSync(after, JSON.stringify(b))
  return nova('compare', before, after, ...args)
}

test('the same server is no difference', async () => {
  const { code, stdout } = await compare(await run(200, 1), await run(200, 2))
  expect(stdout).toMatch(/NO DIFFERENCE\n$/)
  expect(code).toBe(0)
})

test('a slower one is worse, a faster one better', async () => {
  const [slow, fast] = [await run(130, 1), await run(400, 2)]
  const worse = await compare(fast, slow)
  expect(worse.stdout).toMatch(/B IS WORSE: p50 latency \+\d/)
  expect([worse.code, worse.stderr]).toEqual([EXIT_CODES.WORSE.code, 'B is worse than A.\n'])
  const better = await compare(slow, fast)
  expect(better.stdout).toMatch(/B IS BETTER: p50 latency -\d/)
  expect(better.code).toBe(0)
})

test('writes the files it is asked for', async () => {
  const folder = temporaryFolder()
  const outputs = ['--json', folder('c.json'), '--csv', folder('c.csv'), '--html', folder('c.html')]
  await compare(await run(200, 1), await run(200, 2), ...outputs)
  expect(JSON.parse(readFileSync(folder('c.json'), 'utf8'))).toMatchObject({ kind: 'runs', verdict: 'none' })
  expect(readFileSync(folder('c.csv'), 'utf8')).toMatch(/^metric,/)
  expect(readFileSync(folder('c.html'), 'utf8')).toContain('NO DIFFERENCE')
})

test('says when the two were asked for different things', async () => {
  const [a, b] = [await run(200, 1), await run(200, 2)]
  const { stdout } = await compare(a, { ...b, settings: { ...b.settings, connections: 128 } })
  expect(stdout).toContain('asked for different things (A, B): connections: 64, 128')
})

test('refuses other rates, other modes, short runs and other files', async () => {
  const a = await run(200, 1)
  const usage = async (b: unknown, sentence: RegExp): Promise<void> => {
    const { code, stderr } = await compare(a, b)
    expect(stderr).toMatch(sentence)
    expect(code).toBe(EXIT_CODES.USAGE.code)
  }
  await usage(await run(200, 1, 50), /different rates \(100\/s, 50\/s\)/)
  await usage({ ...a, mode: 'closed' }, /closed loop/)
  await usage({ ...a, timeline: a.timeline.slice(0, 3) }, /3 seconds; 7 are the least/)
  await usage(
    { format: 'nova-capacity' },
    /after\.json: no result of nova load or nova bench but nova-capacity/,
  )
})

test('a result that the generator limited has no verdict', async () => {
  const [a, b] = [await run(200, 1), await run(200, 2)]
  const { code, stdout } = await compare(a, {
    ...b,
    generator: { ...b.generator, limitedBy: ['it was late'] },
  })
  expect(stdout).toMatch(/it was late\nLIMITED BY THE GENERATOR: no verdict\n$/)
  expect(code).toBe(EXIT_CODES.GENERATOR_LIMITED.code)
})
