import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** Written into a page as they are. */
export interface Asset {
  readonly text: string
  /** For the page's content security policy: nothing else runs in it, whatever a target is called. */
  readonly source: string
}

const assetOf = (name: string): Asset => {
  // Both are built: beside this file for tests, beside the bundle in the package (scripts/build-report.mjs).
  const text = readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8')
  return { text, source: `'sha256-${createHash('sha256').update(text).digest('base64')}'` }
}

/** The charts' script and the page's style. */
export const readAssets = (): { readonly script: Asset; readonly style: Asset } => ({
  script: assetOf('report.js'),
  style: assetOf('report.css'),
})
