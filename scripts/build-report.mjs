// Makes what a report holds beside its data: the charts' script with the chart library in it, and the style. Written
// beside its source (tests run from there) and beside the bundle (what is published).
import { join } from 'node:path'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')

for (const folder of ['src/report/html/assets', 'dist/assets']) {
  const common = { bundle: true, minify: true, target: 'es2022', logLevel: /** @type {const} */ ('warning') }
  await build({
    ...common,
    // A tag's end in a string would end the script in the page.
    supported: { 'inline-script': false },
    entryPoints: [join(ROOT, 'src/report/page/main.ts')],
    outfile: join(ROOT, folder, 'report.js'),
    format: 'iife',
    // Every report is a copy; the whole licence is in THIRD-PARTY-NOTICES.md.
    banner: { js: '/*! Contains uPlot, Copyright (c) 2022 Leon Sorokin, MIT License. */' },
  })
  await build({
    ...common,
    stdin: {
      contents: "@import 'uplot/dist/uPlot.min.css'; @import './page.css';",
      loader: 'css',
      resolveDir: join(ROOT, 'src/report/page'),
    },
    outfile: join(ROOT, folder, 'report.css'),
  })
}
