import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'
import type { Comparison } from '../../src/load/comparison/comparison.ts'
import { changeText } from '../../src/report/comparison-text.ts'
import { nova, temporaryFolder } from '../cli/nova.ts'
import { ROOT } from '../package/packed.ts'

const SERIES = 10
/** Three wrong ones of ten come once in a hundred times when five of a hundred are wrong. */
const LEAST_NONE = 8
const SHORT = ['--rounds', '7', '-d', '300ms', '--warm-up', '100ms', '-c', '4']

/** Answers after so many ms, in whole ones. */
const server = (ms: number): string => `'${process.execPath}' '${join(ROOT, 'test/cli/ab-server.mjs')}' ${ms}`

const freeUrl = (): Promise<string> =>
  new Promise((resolve) => {
    const listener = createServer().listen(0, '127.0.0.1', () => {
      const { port } = listener.address() as { port: number }
      listener.close(() => resolve(`http://127.0.0.1:${port}/`))
    })
  })

const compare = async (a: string, b: string, ...args: string[]): Promise<Comparison> => {
  const json = temporaryFolder()('ab.json')
  const { stderr } = await nova('ab', await freeUrl(), '--a', a, '--b', b, '--json', json, ...SHORT, ...args)
  try {
    return JSON.parse(readFileSync(json, 'utf8')) as Comparison
  } catch {
    throw new Error(stderr)
  }
}

const say = (what: string, { verdict, metrics }: Comparison): void => {
  const changes = metrics.map((metric) => `${metric.metric} ${changeText(metric)}`)
  console.log(`${what}: ${String(verdict)}; ${changes.join('; ')}`)
}

describe('nova ab, with real servers', () => {
  test(`says no difference in at least ${LEAST_NONE} of ${SERIES} series of A and A`, {
    timeout: 400_000,
  }, async () => {
    let none = 0
    for (let series = 0; series < SERIES; series++) {
      const comparison = await compare(server(5), server(5), '--seed', String(series))
      say(`A/A ${series + 1}`, comparison)
      if (comparison.verdict === 'none') none++
    }
    expect(none).toBeGreaterThanOrEqual(LEAST_NONE)
  })

  test('finds a server that takes 24 ms instead of 20', async () => {
    const comparison = await compare(server(20), server(24), '--rounds', '12', '-d', '600ms')
    say('20 ms to 24 ms', comparison)
    expect(comparison.verdict).toBe('worse')
    const p50 = comparison.metrics.find(({ metric }) => metric === 'p50')
    expect(p50?.low).toBeLessThan(0.2)
    expect(p50?.high).toBeGreaterThan(0.15)
  })

  test('runs them in turn, ends with its verdict, and writes the files it is asked for', async () => {
    const path = temporaryFolder()
    const outputs = ['--json', path('ab.json'), '--csv', path('ab.csv'), '--html', path('ab.html')]
    const args = ['ab', await freeUrl(), '--a', server(1), '--b', server(60), ...SHORT, ...outputs]
    const { code, stdout, stderr } = await nova(...args)
    expect(stderr).toMatch(/^7\/7 B/m)
    const order = stderr.match(/^\d\/7 [AB]/gm)?.map((line) => line.slice(-1))
    expect(order?.join('')).toBe('ABBAABBAABBAAB')
    expect(stdout).toMatch(/B IS WORSE: rate -\d+.* p50 latency \+\d+/)
    expect(code).toBe(EXIT_CODES.WORSE.code)
    expect(JSON.parse(readFileSync(path('ab.json'), 'utf8'))).toMatchObject({
      ...{ format: 'nova-comparison', kind: 'rounds', samples: 7, verdict: 'worse' },
    })
    expect(readFileSync(path('ab.csv'), 'utf8')).toMatch(/^metric,a,b,change,low,high,difference\r\nrate,/)
    expect(readFileSync(path('ab.html'), 'utf8')).toContain('B IS WORSE')
  })
})
