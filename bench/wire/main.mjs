import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Bench, progress } from './bench.mjs'
import { machineFacts } from './machine.mjs'
import { findPeers } from './peers.mjs'
import { generatorCommand } from './programs.mjs'
import { HELP, readSettings } from './settings.mjs'
import { summarize } from './summary.mjs'
import { render } from './table.mjs'
import { writeReport } from './write-report.mjs'

/** @param {string} file @param {unknown} content */
const writeJson = (file, content) => writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`)

const main = async () => {
  const settings = readSettings()
  if (settings.help) return console.log(HELP)

  const machine = machineFacts()
  const { peers, missing } = findPeers(settings.peers)
  for (const { peer, reason } of missing) progress(`SKIPPED: ${peer}: ${reason}`)
  const bench = new Bench(settings, peers, generatorCommand())
  const answerBytes = await bench.checkAll()
  const { runs, capacityRps } = await bench.measureAll()
  const idleBytes = await bench.measureIdleAll()
  const results = { runs, idleBytes, startup: await bench.measureStartupAll() }

  const context = {
    takenAt: new Date().toISOString(),
    scenarios: settings.scenarios,
    servers: [...peers.keys()],
    versions: Object.fromEntries([...peers].map(([name, { version }]) => [name, version])),
    missing,
    lacks: bench.lacks,
    capacityRps,
    machine,
    settings,
    isGeneratorNative: bench.isNative,
    answerBytes,
  }
  console.log(render(results, context))

  const summary = settings.scenarios.flatMap((scenario) =>
    context.servers.flatMap((name) => summarize(runs, scenario, name) ?? []),
  )
  const report = { ...context, summary, ...results }
  const folder = fileURLToPath(new URL('../results/', import.meta.url))
  mkdirSync(folder, { recursive: true })
  writeJson(`${folder}latest.json`, report)
  if (settings.json) writeJson(settings.json, report)
  if (settings.save) writeReport(settings.save, results, context)
  if (bench.hasFailed) process.exitCode = 1
}

await main()
