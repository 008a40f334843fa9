import type { ChartSpec } from '../chart-spec.ts'
import { readAssets } from './assets.ts'
import { html, Markup } from './markup.ts'

export interface PageContent {
  readonly title: string
  readonly body: Markup
  readonly charts: readonly ChartSpec[]
}

/** JSON inside a script element ends at the first "</script", in strings too. */
const dataOf = (charts: readonly ChartSpec[]): Markup =>
  new Markup(JSON.stringify(charts).replaceAll('<', '\\u003c'))

/** A whole page in one file that asks for nothing from anywhere. */
export const documentHtml = ({ title, body, charts }: PageContent): string => {
  const { script, style } = readAssets()
  const policy = `default-src 'none'; script-src ${script.source}; style-src ${style.source}`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(style.text)}</style>
</head>
<body>
<main>${body}</main>
<script type="application/json" id="charts">${dataOf(charts)}</script>
<script>${new Markup(script.text)}</script>
</body>
</html>
`.text
}
