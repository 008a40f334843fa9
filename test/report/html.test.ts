import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { CapacityResult } from '../../src/load/capacity/capacity-result.ts'
import type { Comparison } from '../../src/load/comparison/comparison.ts'
import { DurationCounter } from '../../src/load/durations.ts'
import type { LoadResult } from '../../src/load/result.ts'
import type { ChartSpec } from '../../src/report/chart-spec.ts'
import { capacityHtml } from '../../src/report/html/capacity-html.ts'
import { comparisonHtml } from '../../src/report/html/comparison-html.ts'
import { documentHtml } from '../../src/report/html/document.ts'
import { loadHtml } from '../../src/report/html/load-html.ts'
import { html } from '../../src/report/html/markup.ts'
import { objectiveMarks, percentileChart } from '../../src/report/html/percentile-chart.ts'
import { formatOf, logTicks } from '../../src/report/page/ticks.ts'
import { simulatedCapacity, simulatedComparison, simulatedRun } from './results.ts'

const [run, capacity, comparison] = await Promise.all([
  simulatedRun(),
  simulatedCapacity(),
  simulatedComparison(),
])
const pages: readonly (readonly [string, string])[] = [
  ['load test', loadHtml(run)],
  ['capacity search', capacityHtml(capacity)],
  ['comparison', comparisonHtml(comparison)],
]

const HOSTILE = `"'><script>hacked()</script><img src=x onerror=hacked()>&lt;`

/** What a report has to understand; everything else in a result may be anybody's text. */
const UNDERSTOOD = new Set(['format', 'mode', 'histogram', 'slo', 'search', 'kind', 'difference', 'metric'])
const VERDICTS = new Set(['phase', 'outcome', 'limit', 'verdict'])

/** The same with hostile text in every string. */
const hostile = <T>(value: T, name = ''): T => {
  if (typeof value === 'string')
    return (UNDERSTOOD.has(name) || VERDICTS.has(name) ? value : `${value}${HOSTILE}`) as T
  if (Array.isArray(value)) return value.map((item: unknown) => hostile(item, name)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hostile(item, key)])) as T
}

const elementsOf = (page: string, tag: string): string[] =>
  [...page.matchAll(new RegExp(`<${tag}\\b[^>]*>(.*?)</${tag}>`, 'gs'))].map(([, text]) => text as string)

const chartsOf = (page: string): ChartSpec[] =>
  JSON.parse(elementsOf(page, 'script')[0] as string) as ChartSpec[]

describe.each(pages)('the page of a %s', (_name, page) => {
  test('refers to nothing outside of it', () => {
    expect(page).not.toMatch(/<(link|img|iframe|object|embed|base|form)\b|\b(src|href|action)\s*=\s*["']/i)
    expect(elementsOf(page, 'style').join()).not.toMatch(/url\(|@import/)
    expect(elementsOf(page, 'script')[1]).not.toMatch(
      /\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|\bimport\(|https?:/,
    )
  })

  test('runs and styles nothing but what its policy names by hash', () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? ''
    const source = (text: string | undefined): string =>
      `&#39;sha256-${createHash('sha256')
        .update(text ?? '')
        .digest('base64')}&#39;`
    const [script, style] = [elementsOf(page, 'script')[1], elementsOf(page, 'style')[0]].map(source)
    expect(policy).toBe(`default-src &#39;none&#39;; script-src ${script}; style-src ${style}`)
    expect(page).not.toMatch(/\sstyle=|\son[a-z]+=/)
  })

  test('has an element for every chart, and ascending values in it', () => {
    const charts = chartsOf(page)
    expect(charts.length).toBeGreaterThan(0)
    expect(new Set(charts.map(({ id }) => id)).size).toBe(charts.length)
    for (const { id, xs, series } of charts) {
      expect(page).toContain(`id="${id}"`)
      expect(xs.every((x, i) => i === 0 || x > (xs[i - 1] as number))).toBe(true)
      for (const { values } of series) expect(values).toHaveLength(xs.length)
    }
  })
})

test.each([
  ['load test', loadHtml(hostile(run))],
  ['capacity search', capacityHtml(hostile<CapacityResult>(capacity))],
  ['comparison', comparisonHtml(hostile<Comparison>(comparison))],
])('text from outside stays text in the page of a %s', (_name, page) => {
  expect(page).toContain('&lt;script&gt;hacked()&lt;/script&gt;')
  expect(page).not.toContain('<script>hacked')
  expect(page).not.toContain('<img')
  expect(page.match(/<script\b/g)).toHaveLength(2)
  expect(() => chartsOf(page)).not.toThrow()
})

test('text from outside stays text in the data of charts', () => {
  const label = `</script>${HOSTILE}<!--`
  const axis = { label, kind: 'count', isLog: false } as const
  const chart: ChartSpec = {
    ...{ id: 'id', heightPx: 100, x: axis, y: axis, xs: [1], series: [], marks: [], group: null },
  }
  const page = documentHtml({ title: HOSTILE, body: html``, charts: [chart] })
  expect(page.match(/<script\b/g)).toHaveLength(2)
  expect(chartsOf(page)).toEqual([chart])
})

describe('what is on the page', () => {
  test('of a load test: figures, facts, outcomes and the missed objective', () => {
    const page = loadHtml(run)
    expect(page).toMatch(/banner bad"><p>Missed: p99&lt;50ms,errors&lt;0\.1%/)
    expect(page).toContain('timeout: no complete response within the timeout')
    expect(page).toContain('open loop: 250 requests/s, poisson arrivals, seed 1')
    expect(chartsOf(page).map(({ id }) => id)).toEqual([
      ...['percentiles', 'timeline-latency', 'timeline-rate', 'timeline-errors'],
    ])
  })

  test('of a run without errors: no chart of them', () => {
    const good: LoadResult = {
      ...run,
      requests: { ...run.requests, failed: 0 },
      timeline: run.timeline.map((point) => ({ ...point, failed: 0 })),
    }
    const page = loadHtml(good)
    expect(page).toContain('no request failed')
    expect(chartsOf(page).map(({ id }) => id)).not.toContain('timeline-errors')
  })

  test('of a run whose server was watched: what it used and said, and where the slowest were', () => {
    const durations = { count: 5, meanUs: 900, p50Us: 800, p99Us: 2_000, buckets: [] }
    const metrics = {
      ...{ betweenMs: 1_000, requests: 5, aborted: 1, handlerErrors: 2 },
      ...{ timeouts: { head: 3 }, refusals: {} },
      ...{ request: durations, handler: durations, writeStall: durations, eventLoopDelay: durations },
    }
    const server = {
      process: { cpuShare: 0.5, rssBytes: 5_000_000 },
      metrics,
      tail: [{ part: 'handler' as const, p99Us: 2_000 }],
      notes: ['The <server> was restarted.'],
    }
    const page = loadHtml({ ...run, server })
    expect(page).toContain('50 % of a core')
    expect(page).toContain('p50 about 800 us, p99 about 2 ms')
    expect(page).toContain('head 3')
    expect(page).toContain('<td>in the handler</td><td>about 2 ms</td>')
    expect(page).toContain('The &lt;server&gt; was restarted.')
  })

  test('of a run in which nothing was measured: a page, with dashes', async () => {
    const empty = new DurationCounter().durations()
    const page = loadHtml({ ...run, latency: empty, serviceTime: empty, timeline: [], isInterrupted: true })
    expect(page).toContain('Interrupted')
    expect(page).toContain('<td>-</td>')
  })

  test('of a search: the knee with the lines of objective and sustainable load, and the confirming run', () => {
    const page = capacityHtml(capacity)
    const [latency] = chartsOf(page)
    expect(latency?.marks.map(({ axis, label }) => [axis, label])).toEqual(
      expect.arrayContaining([
        ['y', 'p99 < 50 ms'],
        ['x', 'sustainable'],
      ]),
    )
    const kept = latency?.series.find(({ label }) => label === 'p99, kept')?.values
    const missed = latency?.series.find(({ label }) => label === 'p99, missed')?.values
    expect(kept?.filter((value) => value !== null).every((us) => us < 50_000)).toBe(true)
    expect(missed?.some((us) => us !== null && us >= 50_000)).toBe(true)
    expect(page).toContain('The confirming run')
  })

  test('of a comparison: the verdict, and an interval for each metric', () => {
    const page = comparisonHtml(comparison)
    expect(page).toMatch(/banner bad"><p>B IS WORSE: p50 latency \+\d/)
    expect(page.match(/<svg class="interval worse"/g)).toHaveLength(2)
    expect(page.match(/<svg class="interval none"/g)).toHaveLength(2)
    expect(page).toContain('node after.mjs')
  })
})

describe('charts', () => {
  test('percentiles stand at 1 / (1 - share), up to the slowest request', () => {
    const counter = new DurationCounter()
    for (let duration = 1; duration <= 1_000; duration++) counter.record(duration)
    const { x, y, xs, series } = percentileChart(
      'id',
      [{ label: 'a', color: 'main', durations: counter.durations() }],
      [],
    )
    expect([x.isLog, y.isLog]).toEqual([true, true])
    expect(xs.at(-1)).toBe(1_000)
    const slowest = series[0]?.values.at(-1) ?? 0
    const at = (inverse: number): number =>
      (series[0]?.values[xs.findIndex((value) => value >= inverse - 1e-9)] ?? 0) / slowest
    expect([10, 100, 1_000].map((inverse) => at(inverse).toFixed(2))).toEqual(['0.90', '0.99', '1.00'])
  })

  test('an objective is a line for each latency in it', () => {
    expect(objectiveMarks('p99<50ms,errors<1%,max<2s').map(({ value, label }) => [value, label])).toEqual([
      [50_000, 'p99 < 50 ms'],
      [2_000_000, 'max < 2 s'],
    ])
    expect(objectiveMarks(null)).toEqual([])
  })

  test('axes are labelled as people speak', () => {
    expect([1, 2, 10, 100, 1_000, 10_000].map(formatOf('percentile'))).toEqual([
      ...['0 %', '50 %', '90 %', '99 %', '99.9 %', '99.99 %'],
    ])
    expect(logTicks('percentile', 1, 5_000)).toEqual([1, 2, 4, 10, 20, 100, 1_000])
    expect(logTicks('durationUs', 900, 60_000)).toEqual([1_000, 2_000, 5_000, 10_000, 20_000, 50_000])
    expect(logTicks('durationUs', 1, 1e7)).toHaveLength(8)
  })
})
