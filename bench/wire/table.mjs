import { BOUNDS, GOALS, judge } from './bounds.mjs'
import { markdown, megabytes, milliseconds, percent, ranged, whole } from './markdown.mjs'
import { SCENARIOS } from './scenarios.mjs'
import { disturbed, summarize } from './summary.mjs'

/**
 * What a report says beside its figures.
 *
 * @typedef {object} Context
 * @property {string} takenAt ISO 8601
 * @property {readonly string[]} scenarios
 * @property {readonly string[]} servers
 * @property {Readonly<Record<string, string>>} versions by server
 * @property {readonly { peer: string, reason: string }[]} missing
 * @property {readonly import('./bench.mjs').Lack[]} lacks
 * @property {number | undefined} capacityRps of node:http, which open loops are a share of
 * @property {ReturnType<typeof import('./machine.mjs').machineFacts>} machine
 * @property {{ rounds: number, seconds: number, idleConnections: number, save: string | undefined }} settings
 * @property {boolean} isGeneratorNative
 * @property {Readonly<Record<string, number>>} answerBytes by server
 */

const COLUMNS = [
  'scenario',
  'server',
  'CPU us/request',
  'x C loop',
  'x node:http',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'p99.9 ms',
  'busy',
  'peak RSS MB',
]

/** @param {import('./summary.mjs').Results} results @param {Context} context */
export const loadTable = ({ runs }, { scenarios, servers }) =>
  markdown(
    COLUMNS,
    scenarios.flatMap((scenario) =>
      servers.flatMap((server) => {
        const row = summarize(runs, scenario, server)
        if (!row) return []
        return [
          [
            SCENARIOS[scenario]?.title ?? scenario,
            server,
            ranged(row.cpuUs, 2),
            ranged(row.overCLoop, 2),
            ranged(row.overNodeHttp, 2),
            whole(row.rps.median),
            milliseconds(row.p50Us.median),
            milliseconds(row.p99Us.median),
            milliseconds(row.p999Us.median),
            percent(row.busy.median),
            (row.peakRssBytes.median / 1e6).toFixed(0),
          ],
        ]
      }),
    ),
  )

/** @param {import('./summary.mjs').Results} results @param {Context} context */
export const idleTable = ({ idleBytes }, { settings }) => {
  const rows = Object.entries(idleBytes).map(([server, bytes]) => [server, ranged(bytes, 0)])
  return rows.length > 0
    ? markdown(['server', `idle bytes/connection at ${whole(settings.idleConnections)}`], rows)
    : ''
}

/** @param {import('./summary.mjs').Results} results */
export const startupTable = ({ startup }) => {
  const rows = Object.entries(startup).map(([server, { answerMs, rssBytes, rssOverNode }]) => [
    server,
    ranged(answerMs, 1),
    megabytes(rssBytes),
    megabytes(rssOverNode),
  ])
  return rows.length > 0
    ? markdown(
        ['server', 'first answer: ms over `node -e 0`', 'RSS then, MB', 'over an empty Node, MB'],
        rows,
      )
    : ''
}

/** @param {import('./summary.mjs').Results} results @param {Context} context */
export const verdictTable = (results, { settings }) =>
  markdown(
    ['must show', 'bound', 'figure', 'verdict'],
    judge(results, settings.save ? GOALS : BOUNDS).map((row) => [
      row.what,
      row.bound,
      row.figure,
      row.verdict,
    ]),
  )

/** What was not measured, and why: one line for each server and reason. @param {Context} context */
export const gaps = ({ missing, lacks, scenarios }) => {
  /** @type {Map<string, string[]>} */
  const byReason = new Map()
  for (const { peer, scenario, reason } of lacks) {
    if (scenario in SCENARIOS && !scenarios.includes(scenario)) continue
    const key = `${peer}\0${reason}`
    byReason.set(key, [...(byReason.get(key) ?? []), scenario])
  }
  return [
    ...missing.map(({ peer, reason }) => `SKIPPED: ${peer}: ${reason}.`),
    ...[...byReason].map(([key, names]) => {
      const [peer, reason] = key.split('\0')
      return `NOT SHOWN: ${peer}: ${names.join(', ')}: ${reason}.`
    }),
  ]
}

/** @param {import('./summary.mjs').Results} results */
export const disturbance = ({ runs }) => {
  const count = disturbed(runs).length
  return count === 0
    ? []
    : [
        `DISTURBED: in ${count} of ${runs.length} runs other processes took the cores; repeat on a calm machine.`,
      ]
}

/** How the figures were made, one sentence or two per line. @param {Context} context */
export const circumstances = ({
  machine,
  settings,
  capacityRps,
  isGeneratorNative,
  answerBytes,
  versions,
}) => {
  const place = machine.pinned
    ? 'server on core 0, load on core 1'
    : 'NOT pinned: server and load compete for cores'
  /** @param {readonly (readonly [string, unknown])[]} entries */
  const list = (entries) => entries.map(([server, value]) => `${server} ${value}`).join(', ')
  return [
    `Node ${machine.node}; ${machine.cc}; ${machine.os}; ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; load at start ${machine.load1}; ${place}.`,
    `Medians (min..max) of ${settings.rounds} interleaved rounds of ${settings.seconds} s, a fresh process for each run; ratios are taken within rounds.`,
    `Closed loop: a connection waits for its answers before it sends again, so latencies describe this load and not a stream of arrivals. Every answer was compared byte for byte; generator in ${isGeneratorNative ? 'C' : 'JavaScript'}.`,
    ...(capacityRps
      ? [
          `Open loop: requests at random times (Poisson) on 64 connections, whether the server is ready or not, twice as long; latency from when a request was due. node:http's capacity, at full load: ${whole(capacityRps)} requests/s.`,
        ]
      : []),
    `Bytes of one answer to GET /: ${list(Object.entries(answerBytes))}.`,
    `Versions: ${list(Object.entries(versions))}.`,
  ]
}

/** The whole report as Markdown. @param {import('./summary.mjs').Results} results @param {Context} context */
export const render = (results, context) =>
  [
    context.scenarios.length > 0 ? loadTable(results, context) : '',
    idleTable(results, context),
    startupTable(results),
    verdictTable(results, context),
    [
      ...disturbance(results),
      ...gaps(context),
      ...circumstances(context),
      'How to: npm run bench -- --help',
    ].join('\n'),
  ]
    .filter(Boolean)
    .join('\n\n')
