/** @param {string} text */
export const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const STYLE = `
:root { color-scheme: light dark; --text: #1c2128; --soft: #6a737d; --bar: #b6c2cf; --ours: #0f766e; --line: #dfe3e8; --paper: #fff }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e8eb; --soft: #9aa4af; --bar: #4a5663; --ours: #2dd4bf; --line: #303740; --paper: #15181c }
}
body { margin: 2rem auto; max-width: 92rem; padding: 0 1rem; color: var(--text); background: var(--paper); font: 15px/1.5 system-ui, sans-serif }
main { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(32rem, 100%), 1fr)) }
figure { margin: 0; padding: 1rem; border: 1px solid var(--line); border-radius: 8px }
figcaption { margin-bottom: .5rem; color: var(--soft) }
figcaption b { color: var(--text) }
svg { width: 100%; height: auto }
svg text { fill: var(--text); font-size: 12px }
svg .name { text-anchor: end }
.other { fill: var(--bar) }
.ours { fill: var(--ours) }
.whisker { stroke: var(--text); stroke-width: 1.5 }
footer { margin-top: 2rem; color: var(--soft) }
`

/**
 * A page of charts that needs nothing beside itself.
 *
 * @param {string} title
 * @param {string} introduction
 * @param {readonly string[]} charts
 * @param {readonly string[]} notes
 */
export const page = (title, introduction, charts, notes) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<h1>${escaped(title)}</h1>
<p>${escaped(introduction)}</p>
<main>
${charts.join('\n')}
</main>
<footer><ul>
${notes.map((note) => `<li>${escaped(note)}</li>`).join('\n')}
</ul></footer>
</html>`
