import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'
import { Random } from '../../src/load/arrivals/random.ts'
import { DurationCounter } from '../../src/load/durations.ts'
import { mergeResults } from '../../src/load/merge-results.ts'
import { readLoadResult } from '../../src/load/read-result.ts'
import type { LoadResult } from '../../src/load/result.ts'
import { exponentialServer } from '../load/servers.ts'
import { SimulatedWorld } from '../load/simulated-world.ts'
import { nova, temporaryFolder } from './nova.ts'

const part = async (index: number, count: number, rate = 300, slo = 'p99<1s'): Promise<LoadResult> => {
  const result = await new SimulatedWorld(exponentialServer(400, index)).runLoad({
    ...{ rate, durationMs: 2_000, part: { index, count }, slo },
  })
  // The generator's CPU is real where everything else is simulated.
  return { ...result, generator: { ...result.generator, cpuShare: 0.2, cpuSeconds: 1, limitedBy: [] } }
}

/** Writes each as a file; returns their names. */
const files = (path: (name: string) => string, ...results: readonly unknown[]): string[] =>
  results.map((result, i) => {
    const name = path(`part-${i + 1}.json`)
    writeFileSync(name, typeof result === 'string' ? result : JSON.stringify(result))
    return name
  })

describe('nova merge', () => {
  test('writes what one recorder would have counted that saw everything', async () => {
    const path = temporaryFolder()
    const random = new Random(5)
    const whole = new DurationCounter()
    const results: LoadResult[] = []
    for (let index = 0; index < 3; index++) {
      const own = new DurationCounter()
      for (let i = 0; i < 5_000; i++) {
        // Over five powers of ten: steps of many widths.
        const duration = Math.round(10 ** (random.next() * 5))
        own.record(duration)
        whole.record(duration)
      }
      results.push({ ...(await part(index, 3, 300, 'max<1us')), latency: own.durations() })
    }
    const names = files(path, ...results)
    const { code, stdout } = await nova('merge', ...names, '-o', path('all.json'), '--html', path('all.html'))
    expect(code).toBe(EXIT_CODES.SLO_MISSED.code)
    const merged = readLoadResult(readFileSync(path('all.json'), 'utf8'), 'all.json')
    expect(merged.latency).toEqual(whole.durations())
    expect(merged.requests).toMatchObject({ intended: 600, good: 600 })
    expect(merged.parts.map(({ index }) => index)).toEqual([0, 1, 2])
    expect(merged.verdict?.isMet).toBe(false)
    expect(stdout).not.toContain('Not the whole test')
    expect(readFileSync(path('all.html'), 'utf8')).toContain('Latency by percentile')
  })

  test('goes on from what it has merged, and says what is missing', async () => {
    const path = temporaryFolder()
    const [first, second, third] = files(path, await part(0, 3), await part(1, 3), await part(2, 3)) as [
      ...[string, string, string],
    ]
    const some = await nova('merge', third, first, '-o', path('some.json'))
    expect(some.code).toBe(0)
    expect(some.stdout).toContain('Not the whole test but part 1, 3 of 3')
    const all = await nova('merge', path('some.json'), second)
    expect(all.code).toBe(0)
    expect(all.stdout).not.toContain('Not the whole test')
    expect(all.stdout).toContain('600 good of 600')
  })

  test.each<[string, () => Promise<readonly unknown[]>, RegExp]>([
    [
      'the same file twice',
      async () => [await part(0, 2), await part(0, 2)],
      /part-1\.json and .*part-2\.json hold the same part, 1 of 2\./,
    ],
    ['different settings', async () => [await part(0, 2), await part(1, 2, 301)], /different settings/],
    [
      'a different number of parts',
      async () => [await part(0, 2), await part(1, 3)],
      /divided into different numbers/,
    ],
    [
      'another time',
      async () => [await part(0, 2), { ...(await part(1, 2)), startedAt: '2030-01-01T12:00:00.000Z' }],
      /--start-at/,
    ],
    ['no JSON', async () => ['{'], /part-1\.json: no JSON/],
    ['JSON of something else', async () => ['[1]'], /no result of nova load or nova bench/],
    ['a comparison', async () => ['{"format":"nova-comparison"}'], /but nova-comparison/],
    ['a later version', async () => [{ ...(await part(0, 1)), version: 99 }], /version 99 of the format/],
    [
      'a damaged histogram',
      async () => [{ ...(await part(0, 1)), latency: { ...(await part(0, 1)).latency, histogram: 'x' } }],
      /damaged: latency/,
    ],
    [
      'a missing part',
      async () => [{ ...(await part(0, 1)), parts: [{ index: 1, count: 1 }] }],
      /damaged: parts/,
    ],
  ])('refuses %s', async (_name, results, sentence) => {
    const { code, stderr } = await nova('merge', ...files(temporaryFolder(), ...(await results())))
    expect(stderr).toMatch(sentence)
    expect(code).toBe(EXIT_CODES.USAGE.code)
  })

  test('refuses twins in programs, too', async () => {
    const result = await part(0, 2)
    expect(() => mergeResults([result, result])).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining('part 1 of 2') }),
    )
  })

  test('refuses files that are not there, or cannot be written, before it does anything', async () => {
    const path = temporaryFolder()
    const [name = ''] = files(path, await part(0, 1))
    const absent = await nova('merge', path('absent.json'))
    expect([absent.code, absent.stderr]).toEqual([2, expect.stringContaining('absent.json cannot be read')])
    const unwritable = await nova('merge', name, '-o', path('no/folder/all.json'))
    expect([unwritable.code, unwritable.stdout]).toEqual([2, ''])
    expect(unwritable.stderr).toContain('all.json cannot be written')
    expect((await nova('merge', name, '-o', path('.'))).stderr).toContain('it is a folder')
  })
})
