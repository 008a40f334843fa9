import { createInterface } from 'node:readline'

/** Everything: Node and Deno with --expose-gc, or Bun, which is asked to wait for it. To V8 `true` means young objects only. */
const collect = () =>
  globalThis.gc === undefined ? Reflect.get(globalThis, 'Bun')?.gc(true) : globalThis.gc()

/** Prints the port, then answers `usage` and `gc` lines until stdin ends. @param {number} port */
export const report = (port) => {
  console.log(JSON.stringify({ port }))
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    // Twice: what the first collection finalizes, the second one frees.
    for (let i = 0; line === 'gc' && i < 2; i++) collect()
    const { user, system } = process.cpuUsage()
    const peakRssBytes = process.resourceUsage().maxRSS * 1024
    console.log(JSON.stringify({ cpuUs: user + system, rssBytes: process.memoryUsage.rss(), peakRssBytes }))
  })
  lines.on('close', () => process.exit())
}
