import type { ChartSpec } from '../chart-spec.ts'
import { html, type Markup, NOTHING } from './markup.ts'

/** How a verdict looks. */
export type Tone = 'good' | 'bad' | 'warn' | 'plain'

export interface Tile {
  readonly name: string
  readonly value: string
  readonly note?: string
}

export const header = (kind: string, title: string, note: string): Markup => html`
<header><p class="kind">${kind}</p><h1>${title}</h1><p class="note">${note}</p></header>`

/** The page's answer: one line, and its reasons. */
export const banner = (tone: Tone, line: string, reasons: readonly string[] = []): Markup => html`
<section class="banner ${tone}"><p>${line}</p>${
  reasons.length === 0 ? NOTHING : html`<ul>${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`
}</section>`

/** The figures to see first. */
export const tiles = (all: readonly Tile[]): Markup => html`
<section class="tiles">${all.map(
  ({ name, value, note }) =>
    html`<div><p class="name">${name}</p><p class="value">${value}</p>${
      note === undefined ? NOTHING : html`<p class="note">${note}</p>`
    }</div>`,
)}</section>`

/** A heading and charts below each other. */
export const chartCard = (title: string, note: string, charts: readonly ChartSpec[]): Markup => html`
<section class="card"><h2>${title}</h2><p class="note">${note}</p>${charts.map(
  ({ id, heightPx }) => html`<div class="chart h${heightPx}" id="${id}"></div>`,
)}</section>`

/** A table whose first row is its head. */
export const tableCard = (title: string, rows: readonly (readonly (string | Markup)[])[]): Markup => {
  const [head = [], ...body] = rows
  return html`
<section class="card"><h2>${title}</h2><div class="scroll"><table>
<thead><tr>${head.map((cell) => html`<th>${cell}</th>`)}</tr></thead>
<tbody>${body.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
</table></div></section>`
}

/** Names and what they are, beside each other. */
export const factsCard = (title: string, facts: readonly (readonly [string, string])[]): Markup => html`
<section class="card"><h2>${title}</h2><dl>${facts.map(
  ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
)}</dl></section>`
