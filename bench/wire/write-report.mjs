import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { barChart } from './bar-chart.mjs'
import { page } from './page.mjs'
import { SCENARIOS } from './scenarios.mjs'
import { summarize } from './summary.mjs'
import {
  circumstances,
  disturbance,
  gaps,
  idleTable,
  loadTable,
  startupTable,
  verdictTable,
} from './table.mjs'

/**
 * @typedef {import('./table.mjs').Context} Context
 * @typedef {import('./summary.mjs').Results} Results
 */

/** The whole run, as the project publishes it. */
const COMMAND = `npm run bench -- ${process.argv.slice(2).join(' ')}`
const TITLE = 'HTTP servers over loopback'

/** @param {Context} context */
const introduction = ({ takenAt, scenarios, servers }) =>
  `${servers.length} servers, ${scenarios.length} scenarios; taken ${takenAt.slice(0, 16).replace('T', ' ')} UTC.`

/** @param {Results} results @param {Context} context */
const asMarkdown = (results, context) => {
  const sections = [
    ['Goals', verdictTable(results, context)],
    ['Under load', context.scenarios.length > 0 ? loadTable(results, context) : ''],
    ['Idle connections', idleTable(results, context)],
    ['Start', startupTable(results)],
    [
      'Not measured',
      gaps(context)
        .map((line) => `- ${line}`)
        .join('\n'),
    ],
    [
      'Circumstances',
      [...disturbance(results), ...circumstances(context)].map((line) => `- ${line}`).join('\n'),
    ],
  ]
  return [
    `# ${TITLE}`,
    introduction(context),
    `Written by \`${COMMAND}\`; bench/README.md says how each figure is made. With charts: results.html.`,
    ...sections.filter(([, text]) => text).map(([title, text]) => `## ${title}\n\n${text}`),
  ].join('\n\n')
}

/** Each scenario's costs as bars; of an open loop the latencies. @param {Results} results @param {Context} context */
const loadCharts = ({ runs }, { scenarios, servers }) =>
  scenarios.map((scenario) => {
    const rows = servers.flatMap((server) => summarize(runs, scenario, server) ?? [])
    const { title = scenario, rateShare } = SCENARIOS[scenario] ?? {}
    if (!rateShare)
      return barChart(
        title,
        'CPU us per request',
        rows.map(({ server, cpuUs }) => ({ name: server, ...cpuUs })),
        2,
      )
    const percentiles = rows.flatMap(({ server, p50Us, p99Us, p999Us }) => [
      { name: `${server} p50`, ...p50Us },
      { name: `${server} p99`, ...p99Us },
      { name: `${server} p99.9`, ...p999Us },
    ])
    return barChart(title, 'latency, us (logarithmic)', percentiles, 0, 'log')
  })

/** @param {string} title @param {string} unit @param {Readonly<Record<string, import('./statistics.mjs').Spread>>} values @param {number} digits */
const simpleChart = (title, unit, values, digits) => {
  const bars = Object.entries(values).map(([name, value]) => ({ name, ...value }))
  return bars.length > 0 ? [barChart(title, unit, bars, digits)] : []
}

/** @param {Results} results @param {Context} context */
const asPage = (results, context) => {
  const { idleBytes, startup } = results
  /** @param {(each: import('./startup.mjs').Startup) => import('./statistics.mjs').Spread} pick */
  const started = (pick) =>
    Object.fromEntries(Object.entries(startup).map(([name, each]) => [name, pick(each)]))
  const charts = [
    ...loadCharts(results, context),
    ...simpleChart('Idle connection', 'resident bytes', idleBytes, 0),
    ...simpleChart(
      'First answer after start',
      'ms over node -e 0',
      started((each) => each.answerMs),
      1,
    ),
    ...simpleChart(
      'Resident size after it',
      'bytes',
      started((each) => each.rssBytes),
      0,
    ),
  ]
  const notes = [...disturbance(results), ...gaps(context), ...circumstances(context)]
  return page(TITLE, `${introduction(context)} Less is better. ${COMMAND}`, charts, notes)
}

/** Runs one per line: a file of some thousand values that can still be read and compared. @param {Results} results @param {Context} context */
const asJson = ({ runs, ...rest }, context) => {
  const lines = runs.map((run) => `    ${JSON.stringify(run)}`).join(',\n')
  const others = JSON.stringify({ ...context, ...rest }, undefined, 2).replace(/\n\}$/, '')
  return `${others},\n  "runs": [\n${lines}\n  ]\n}`
}

/**
 * Writes results.md, results.json and results.html.
 *
 * @param {string} folder
 * @param {Results} results
 * @param {Context} context
 */
export const writeReport = (folder, results, context) => {
  mkdirSync(folder, { recursive: true })
  const files = { md: asMarkdown, json: asJson, html: asPage }
  for (const [extension, make] of Object.entries(files))
    writeFileSync(join(folder, `results.${extension}`), `${make(results, context)}\n`)
}
