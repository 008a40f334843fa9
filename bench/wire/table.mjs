import { judge } from './bounds.mjs'
import { SCENARIOS } from './scenarios.mjs'
import { disturbed, summarize } from './summary.mjs'

/** @typedef {import('./statistics.mjs').Spread} Spread */

/** @param {readonly string[]} header @param {readonly (readonly string[])[]} rows */
const markdown = (header, rows) => {
  const widths = header.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)))
  /** @param {readonly string[]} cells */
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  return [
    line(header),
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...rows.map(line),
  ].join('\n')
}

/** @param {Spread | undefined} value @param {number} digits */
const ranged = (value, digits) => {
  if (!value) return '-'
  const { median, min, max } = value
  return min === max
    ? median.toFixed(digits)
    : `${median.toFixed(digits)} (${min.toFixed(digits)}..${max.toFixed(digits)})`
}

/** @param {number} value */
const whole = (value) => Math.round(value).toLocaleString('en')
/** @param {number} us */
const milliseconds = (us) => (us / 1000).toFixed(2)
/** @param {number} share */
const percent = (share) => `${Math.round(share * 100)} %`

/**
 * @param {readonly import('./measure.mjs').Run[]} runs
 * @param {readonly string[]} scenarios
 * @param {readonly string[]} servers
 */
const loadTable = (runs, scenarios, servers) =>
  markdown(
    [
      'scenario',
      'server',
      'CPU us/request',
      'x C loop',
      'x node:http',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'busy',
      'peak RSS MB',
    ],
    scenarios.flatMap((scenario) =>
      servers.map((server) => {
        const row = summarize(runs, scenario, server)
        return [
          SCENARIOS[scenario]?.title ?? scenario,
          server,
          ranged(row.cpuUs, 2),
          ranged(row.overCLoop, 2),
          ranged(row.overNodeHttp, 2),
          whole(row.rps.median),
          milliseconds(row.p50Us.median),
          milliseconds(row.p99Us.median),
          percent(row.busy.median),
          (row.peakRssBytes.median / 1e6).toFixed(0),
        ]
      }),
    ),
  )

/** @param {readonly import('./measure.mjs').Run[]} runs */
const disturbance = (runs) => {
  const count = disturbed(runs).length
  return count === 0
    ? []
    : [
        `DISTURBED: in ${count} of ${runs.length} runs other processes took the cores; repeat on a calm machine.`,
      ]
}

/** @param {import('./summary.mjs').Results} results @param {number} connections */
const idleTable = ({ idleBytes }, connections) => {
  const rows = Object.entries(idleBytes).map(([server, bytes]) => [server, ranged(bytes, 0)])
  return rows.length > 0
    ? `\n${markdown(['server', `idle bytes/connection at ${whole(connections)}`], rows)}`
    : ''
}

/** @param {import('./summary.mjs').Results} results */
const startupTable = ({ startupMs }) => {
  const rows = Object.entries(startupMs).map(([server, { answer, exit }]) => [
    server,
    ranged(answer, 1),
    ranged(exit, 1),
  ])
  return rows.length > 0
    ? `\n${markdown(['server', 'first answer: ms over `node -e 0`', 'and exit: ms over `node -e 0`'], rows)}`
    : ''
}

/**
 * The whole report as Markdown.
 *
 * @param {import('./summary.mjs').Results} results
 * @param {object} context
 * @param {readonly string[]} context.scenarios
 * @param {readonly string[]} context.servers
 * @param {readonly string[]} context.skipped
 * @param {ReturnType<typeof import('./machine.mjs').machineFacts>} context.machine
 * @param {{ rounds: number, seconds: number, idleConnections: number }} context.settings
 * @param {boolean} context.isGeneratorNative
 * @param {Record<string, number>} context.answerBytes
 */
export const render = (results, context) => {
  const { machine, settings, skipped, servers, scenarios } = context
  const bytes = Object.entries(context.answerBytes).map(([server, count]) => `${server} ${count}`)
  const place = machine.pinned
    ? 'server on core 0, load on core 1'
    : 'NOT pinned: server and load compete for cores'
  return [
    scenarios.length > 0 ? loadTable(results.runs, scenarios, servers) : '',
    idleTable(results, settings.idleConnections),
    startupTable(results),
    '',
    markdown(
      ['must show', 'bound', 'figure', 'verdict'],
      judge(results).map((row) => [row.what, row.bound, row.figure, row.verdict]),
    ),
    '',
    ...disturbance(results.runs),
    ...skipped.map((server) => `SKIPPED: ${server} (it needs Linux and a C compiler as \`cc\`).`),
    `Node ${machine.node}; ${machine.cc}; ${machine.os}; ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; load at start ${machine.load1}; ${place}.`,
    `Medians (min..max) of ${settings.rounds} interleaved rounds of ${settings.seconds} s, a fresh process for each run; ratios are taken within rounds.`,
    `Closed loop: a connection waits for its answers before it sends again, so latencies describe this load and not a stream of arrivals. Every answer was compared byte for byte; generator in ${context.isGeneratorNative ? 'C' : 'JavaScript'}.`,
    `Bytes of one answer to GET /: ${bytes.join(', ')}.`,
    'How to: npm run bench -- --help',
  ].join('\n')
}
