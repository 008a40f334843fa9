import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Comparison } from '../../src/load/comparison/comparison.ts'
import { changeText } from '../../src/report/comparison-text.ts'
import { ROOT } from '../package/packed.ts'

const CLI = join(ROOT, 'dist/cli.js')
const SERIES = 10
/** Three wrong ones of ten come once in a hundred times when five of a hundred are wrong. */
const LEAST_NONE = 8
const SHORT = ['--rounds', '7', '-d', '300ms', '--warm-up', '100ms', '-c', '4']

/** Answers after so many ms, in whole ones. */
const server = (ms: number): string => `'${process.execPath}' '${join(ROOT, 'test/cli/ab-server.mjs')}' ${ms}`

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const listener = createServer().listen(0, '127.0.0.1', () => {
      const { port } = listener.address() as { port: number }
      listener.close(() => resolve(port))
    })
  })

const compare = async (a: string, b: string, ...args: string[]): Promise<Comparison> => {
  const folder = mkdtempSync(join(tmpdir(), 'nova-http-ab-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const json = join(folder, 'ab.json')
  const url = `http://127.0.0.1:${await freePort()}/`
  const stderr = await new Promise<string>((resolve) => {
    const command = [CLI, 'ab', url, '--a', a, '--b', b, '--json', json, ...SHORT, ...args]
    execFile(process.execPath, command, (_error, _stdout, text) => resolve(text))
  })
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
})
