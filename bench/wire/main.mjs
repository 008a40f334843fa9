import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { judge } from './bounds.mjs'
import { checkServer } from './check.mjs'
import { machineFacts } from './machine.mjs'
import { measureIdle, measureLoad } from './measure.mjs'
import { generatorCommand, serverCommands, startServer } from './programs.mjs'
import { SCENARIOS } from './scenarios.mjs'
import { HELP, readSettings } from './settings.mjs'
import { measureStartup } from './startup.mjs'
import { spread } from './statistics.mjs'
import { summarize } from './summary.mjs'
import { render } from './table.mjs'

/**
 * @typedef {ReturnType<typeof readSettings>} Settings
 * @typedef {readonly (readonly [name: string, command: readonly string[]])[]} Servers
 */

/** @param {string} line */
const progress = (line) => process.stderr.write(`${line}\n`)

/** @param {string} name */
const scenarioNamed = (name) => /** @type {import('./scenarios.mjs').Scenario} */ (SCENARIOS[name])

/** Another server goes first in each round. @template T @param {readonly T[]} items @param {number} by */
const rotated = (items, by) => [...items.slice(by % items.length), ...items.slice(0, by % items.length)]

/** Answers first: a server that is wrong is not measured. @param {Servers} servers */
const checkAll = async (servers) => {
  /** @type {Record<string, number>} */
  const answerBytes = {}
  for (const [name, command] of servers) {
    const { server, port } = await startServer(command)
    try {
      const { answer } = await checkServer(port, Object.values(SCENARIOS))
      answerBytes[name] = answer.length
    } catch (error) {
      throw new Error(`${name} gives wrong answers`, { cause: error })
    }
    await server.stop()
    progress(`answers of ${name}: right, and in order`)
  }
  return answerBytes
}

/** @param {Servers} servers @param {readonly string[]} generator @param {Settings} settings */
const measureAll = async (servers, generator, settings) => {
  const times = { warmUpMs: settings.warmUpSeconds * 1000, measureMs: settings.seconds * 1000 }
  /** @type {import('./measure.mjs').Run[]} */
  const runs = []
  for (const scenario of settings.scenarios) {
    for (let round = 0; round < settings.rounds; round++) {
      for (const [server, command] of rotated(servers, round)) {
        const run = await measureLoad(command, generator, scenarioNamed(scenario), times)
        runs.push({ scenario, server, round, ...run })
        progress(`${scenario} round ${round + 1} ${server}: ${run.cpuUs.toFixed(2)} us/request`)
      }
    }
  }
  return runs
}

/** @param {Servers} servers @param {readonly string[]} generator @param {Settings} settings */
const measureIdleAll = async (servers, generator, settings) => {
  /** @type {Record<string, number[]>} */
  const bytes = Object.fromEntries(servers.map(([name]) => [name, []]))
  for (let round = 0; settings.withIdle && round < settings.idleRounds; round++) {
    for (const [name, command] of rotated(servers, round)) {
      const each = await measureIdle(command, generator, scenarioNamed('get-64'), settings.idleConnections)
      bytes[name]?.push(each)
      progress(`idle round ${round + 1} ${name}: ${Math.round(each)} B/connection`)
    }
  }
  return Object.fromEntries(
    Object.entries(bytes)
      .filter(([, values]) => values.length > 0)
      .map(([name, values]) => [name, spread(values)]),
  )
}

/** @param {string} file @param {unknown} content */
const writeJson = (file, content) => writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`)

const main = async () => {
  const commands = serverCommands()
  const settings = readSettings(Object.keys(commands))
  if (settings.help) return console.log(HELP)

  const machine = machineFacts()
  const generator = generatorCommand()
  /** @type {[string, readonly string[]][]} */
  const servers = []
  const skipped = []
  for (const name of settings.servers) {
    const command = commands[name]
    if (command) servers.push([name, command])
    else skipped.push(name)
  }
  const names = servers.map(([name]) => name)

  const answerBytes = await checkAll(servers)
  const results = {
    runs: await measureAll(servers, generator, settings),
    idleBytes: await measureIdleAll(servers, generator, settings),
    startupMs: settings.withStartup ? await measureStartup(names, settings.startupRounds) : {},
  }

  const isGeneratorNative = generator[0] !== process.execPath
  const context = {
    scenarios: settings.scenarios,
    servers: names,
    skipped,
    machine,
    settings,
    isGeneratorNative,
  }
  console.log(render(results, { ...context, answerBytes }))

  const summary = settings.scenarios.flatMap((scenario) =>
    names.map((name) => summarize(results.runs, scenario, name)),
  )
  const takenAt = new Date().toISOString()
  const report = { takenAt, ...context, answerBytes, mustShow: judge(results), summary, ...results }
  const folder = fileURLToPath(new URL('../results/', import.meta.url))
  if (!existsSync(folder)) mkdirSync(folder)
  writeJson(`${folder}latest.json`, report)
  if (settings.json) writeJson(settings.json, report)
}

await main()
