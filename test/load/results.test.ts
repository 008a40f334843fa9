import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { runLoad as builtRunLoad } from '../../dist/load.js'
import { histogramOf } from '../../src/load/durations.ts'
import { judgeResult } from '../../src/load/judgement.ts'
import { mergeResults } from '../../src/load/merge-results.ts'
import type { LoadResult } from '../../src/load/result.ts'
import { runLoad } from '../../src/load/run-load.ts'
import { missesOf, parseSlo } from '../../src/load/slo.ts'
import { serve } from '../clients/serve.ts'
import { exponentialServer, steadyServer } from './servers.ts'
import { SimulatedWorld } from './simulated-world.ts'

const part = (index: number, count: number): Promise<LoadResult> =>
  new SimulatedWorld(steadyServer(10 * (index + 1))).runLoad({
    rate: 300,
    durationMs: 2_000,
    part: { index, count },
  })

describe('merging', () => {
  test('parts add up to the whole, and their histograms to one', async () => {
    const parts = await Promise.all([part(0, 3), part(1, 3), part(2, 3)])
    const whole = mergeResults(parts)
    expect(whole.requests).toMatchObject({ intended: 600, good: 600, failed: 0 })
    expect(whole.ratePerSecond).toBeCloseTo(300, 0)
    expect(whole.latency.count).toBe(600)
    expect([whole.latency.minUs, whole.latency.p50Us].map((us) => Math.round(us / 1000))).toEqual([10, 20])
    expect(Math.round(whole.latency.maxUs / 1000)).toBe(30)
    expect(whole.timeline.map(({ completed }) => completed)).toEqual([300, 300])
    expect(histogramOf(whole.latency).totalCount).toBe(600)
    // What was written to a file and read again merges alike.
    expect(mergeResults(JSON.parse(JSON.stringify(parts)) as LoadResult[])).toEqual(whole)
  })

  test('refuses results of different tests', async () => {
    const other = await new SimulatedWorld(steadyServer(1)).runLoad({ rate: 10, durationMs: 100 })
    const mine = await part(0, 3)
    expect(() => mergeResults([mine, other])).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
    expect(() => mergeResults([])).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  })
})

describe('an objective', () => {
  const result = { latency: {}, errorShare: 0.002, ratePerSecond: 900 } as LoadResult
  test.each(['p99', 'p99<50', 'p100<5ms', 'errors<', 'latency<5ms', '', 'p99<5ms;errors<1%'])(
    '%j is none',
    (text) => {
      expect(() => parseSlo(text)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
    },
  )

  test('is missed by the clauses that are not kept', async () => {
    const kinds = (text: string): string[] => missesOf(parseSlo(text), result).map(({ kind }) => kind)
    expect(kinds('errors<0.2%, rate>900')).toEqual(['errors', 'rate'])
    expect(kinds('errors<0.0021,rate>899.5')).toEqual([])
    const { latency } = await new SimulatedWorld(steadyServer(10)).runLoad({ rate: 100, durationMs: 1_000 })
    const misses = (text: string) =>
      missesOf(parseSlo(text), { latency, errorShare: 0, ratePerSecond: 1 }).length
    expect(
      ['p99<9ms', 'p99.9<11ms', 'mean<9900us', 'mean<0.011s', 'max<10ms', 'errors<0%'].map(misses),
    ).toEqual([1, 0, 1, 0, 1, 0])
  })

  test('has no verdict when the generator was late or busy', async () => {
    const world = new SimulatedWorld(exponentialServer(1_000, 1))
    const real = await world.runLoad({ rate: 100, durationMs: 1_000, slo: 'p99<50ms' })
    const sound = { ...real, generator: { ...real.generator, cpuShare: 0.1 } }
    expect(judgeResult(sound).verdict).toEqual({ isMet: true, missed: [] })
    const busy = { ...sound, generator: { ...sound.generator, cpuShare: 0.86 } }
    const late = {
      ...sound,
      generator: { ...sound.generator, scheduleLag: { ...real.latency, p99Us: 5_001 } },
    }
    for (const limited of [busy, late]) {
      expect(judgeResult(limited).verdict).toBeNull()
      expect(judgeResult(limited).generator.limitedBy).toHaveLength(1)
    }
    const robbed = { ...late, generator: { ...late.generator, coreWaitShare: 0.4 } }
    expect(judgeResult(robbed).generator.limitedBy[0]).toMatch(/other programs had its core for 40 %/)
  })
})

test('threads share rate and connections, and end together', async () => {
  const { origin, engine } = await serve((_, response) => response.end('ok'))
  const result = await builtRunLoad({
    url: origin,
    workers: 2,
    rate: 100,
    connections: 5,
    warmUpMs: 0,
    durationMs: 200,
  })
  expect(result.requests).toMatchObject({ intended: 20, good: 20 })
  expect(engine.stats().connections.accepted).toBe(5)
  await expect(builtRunLoad({ url: 'http://127.0.0.1:1/', workers: 2 })).rejects.toMatchObject({
    code: 'TARGET_DOWN',
  })
})

test('an https: target is spoken to, and its certificate is checked', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nova-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost']
  execFileSync('openssl', [...request, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) =>
    response.end('ok'),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close().closeAllConnections()
    rmSync(folder, { recursive: true })
  })
  const url = `https://127.0.0.1:${(server.address() as { port: number }).port}/`
  const options = { url, connections: 2, warmUpMs: 0, durationMs: 100, expectBody: 'ok' }
  await expect(runLoad(options)).rejects.toMatchObject({
    code: 'TARGET_DOWN',
    message: expect.stringContaining('self-signed'),
  })
  const { requests } = await runLoad({ ...options, insecure: true })
  expect(requests.good).toBeGreaterThan(0)
  expect(requests.failed).toBe(0)
})
