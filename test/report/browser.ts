import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

const CHROMIUM = '/usr/bin/chromium'

export const hasChromium = existsSync(CHROMIUM)

/** It must not look for anything in the network by itself. */
const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
]

export interface OpenedPage {
  readonly page: Page
  /** Errors in the page, and everything it asked for beside itself. */
  readonly complaints: readonly string[]
}

/** Chromium with an empty profile. */
export class Browser {
  readonly #folder = mkdtempSync(join(tmpdir(), 'nova-http-chromium-'))
  #context: BrowserContext | null = null
  #files = 0

  async start(): Promise<void> {
    this.#context = await chromium.launchPersistentContext(join(this.#folder, 'profile'), {
      executablePath: CHROMIUM,
      args: FLAGS,
    })
  }

  async open(html: string, scheme: 'light' | 'dark', width = 1_180): Promise<OpenedPage> {
    if (this.#context === null) throw new Error('Not started.')
    const file = join(this.#folder, `${this.#files++}.html`)
    writeFileSync(file, html)
    const url = pathToFileURL(file).href
    const page = await this.#context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('request', (request) => {
      if (request.url() !== url) complaints.push(`asked for ${request.url()}`)
    })
    await page.emulateMedia({ colorScheme: scheme })
    await page.setViewportSize({ width, height: 900 })
    await page.goto(url)
    return { page, complaints }
  }

  async close(): Promise<void> {
    await this.#context?.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
