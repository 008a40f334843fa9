import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { capacityHtml } from '../../src/report/html/capacity-html.ts'
import { comparisonHtml } from '../../src/report/html/comparison-html.ts'
import { loadHtml } from '../../src/report/html/load-html.ts'
import { Browser, hasChromium } from './browser.ts'
import { simulatedCapacity, simulatedComparison, simulatedRun } from './results.ts'

const IN_PAGE = readFileSync(new URL('./in-page.js', import.meta.url), 'utf8')

/** For each chart: its id, and how many of its pixels have the colour of its first series in the theme of now. */
const drawnPixels = (page: Page): Promise<[string, number][]> =>
  page.evaluate(`${IN_PAGE}; inPage.drawnPixels()`)

const isWiderThanItsWindow = (page: Page): Promise<boolean> =>
  page.evaluate(`${IN_PAGE}; inPage.isWiderThanItsWindow()`)

/** A line across a chart is that much at least. */
const LINE_PIXELS = 200

describe.skipIf(!hasChromium)('in Chromium, a page', () => {
  const browser = new Browser()
  const pages: Record<string, string> = {}
  beforeAll(async () => {
    const [run, capacity, comparison] = await Promise.all([
      simulatedRun(),
      simulatedCapacity(),
      simulatedComparison(),
      browser.start(),
    ])
    Object.assign(pages, {
      load: loadHtml(run),
      capacity: capacityHtml(capacity),
      comparison: comparisonHtml(comparison),
      hostile: loadHtml({
        ...run,
        settings: { ...run.settings, url: 'http://h/</script><script>document.title="hacked"</script>' },
      }),
    })
  })
  afterAll(() => browser.close())

  test.each(['load', 'capacity', 'comparison'])(
    'of a %s draws every chart in light and in dark, asks for nothing and has no errors',
    async (name) => {
      for (const scheme of ['light', 'dark'] as const) {
        const { page, complaints } = await browser.open(pages[name] as string, scheme)
        const drawn = await drawnPixels(page)
        expect(drawn.length).toBeGreaterThan(0)
        expect(drawn.filter(([, pixels]) => pixels < LINE_PIXELS)).toEqual([])
        expect(await isWiderThanItsWindow(page)).toBe(false)
        expect(complaints).toEqual([])
        await page.close()
      }
    },
  )

  test('draws its charts again when the theme changes', async () => {
    const { page } = await browser.open(pages['load'] as string, 'light')
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect
      .poll(async () => (await drawnPixels(page)).filter(([, pixels]) => pixels < LINE_PIXELS))
      .toEqual([])
    await page.close()
  })

  test('fits a phone', async () => {
    const { page, complaints } = await browser.open(pages['capacity'] as string, 'light', 360)
    expect(await isWiderThanItsWindow(page)).toBe(false)
    expect((await drawnPixels(page)).filter(([, pixels]) => pixels < 50)).toEqual([])
    expect(complaints).toEqual([])
    await page.close()
  })

  test('shows the values under the cursor, and a part of the time drawn over', async () => {
    const { page } = await browser.open(pages['load'] as string, 'light')
    const plot = page.locator('#timeline-latency .u-over')
    await plot.hover()
    const legend = page.locator('#timeline-latency .u-legend')
    await expect.poll(() => legend.textContent()).toMatch(/p99[\d.]+ ms/)
    const box = await plot.boundingBox()
    if (box === null) throw new Error('No plot.')
    const before = await drawnPixels(page)
    await page.mouse.move(box.x + box.width * 0.2, box.y + 50)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.4, box.y + 50, { steps: 5 })
    await page.mouse.up()
    await expect.poll(() => drawnPixels(page)).not.toEqual(before)
    await page.close()
  })

  test('does not run what a target calls itself', async () => {
    const { page, complaints } = await browser.open(pages['hostile'] as string, 'light')
    expect(await page.title()).toContain('<script>')
    expect(await page.locator('h1').textContent()).toContain('<script>document.title')
    expect(complaints).toEqual([])
    await page.close()
  })
})
