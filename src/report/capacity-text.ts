import type { CapacityResult } from '../load/capacity/capacity-result.ts'
import type { Limit, Trial } from '../load/capacity/trial.ts'
import { bytes, count, duration, percent, table } from './figures.ts'
import { tailText } from './server-text.ts'

/** What gave way, in words. */
export const LIMIT_TEXT: Readonly<Record<Limit, string>> = {
  latency: 'latency gave way',
  errors: 'errors gave way',
  rate: 'the rate was not reached',
  generator: 'the generator was the limit',
}

/** One line about a trial, for progress. */
export const trialText = ({ phase, load, outcome, limit, p99Us, errorShare, server }: Trial): string => {
  const process = server === null ? '' : `, server ${percent(server.cpuShare)} CPU ${bytes(server.rssBytes)}`
  const why = limit === null ? '' : ` (${LIMIT_TEXT[limit]})`
  return `${phase.padEnd(7)} ${count(load).padStart(9)}: p99 ${duration(p99Us)}, errors ${percent(errorShare)}${process}: ${outcome}${why}`
}

const trialsTable = (trials: readonly Trial[]): string =>
  table([
    ['phase', 'load', 'answered/s', 'p50', 'p99', 'max', 'errors', 'CPU of server', 'outcome'],
    ...trials.map((trial) => [
      trial.phase,
      count(trial.load),
      count(trial.ratePerSecond),
      duration(trial.p50Us),
      duration(trial.p99Us),
      duration(trial.maxUs),
      percent(trial.errorShare),
      trial.server === null ? '-' : percent(trial.server.cpuShare),
      trial.outcome,
    ]),
  ])

/** What made the tail long when the target gave way. */
const breachText = ({ trials, exceeded }: CapacityResult): string[] => {
  const tail = trials.findLast(({ load, outcome }) => load === exceeded && outcome === 'fail')?.tail ?? []
  return tail.length === 0 ? [] : [`  p99 at ${count(exceeded ?? 0)}:`, ...tailText(tail)]
}

const foundText = (result: CapacityResult): string[] => {
  const { sustainable, exceeded, gaveWay, confirmation, isInterrupted, search, ratePerConnection } = result
  const unit =
    search === 'rate' ? 'requests/s' : `connections at ${count(ratePerConnection ?? 0)} requests/s each`
  const interrupted = isInterrupted ? ['Interrupted: this is what was known until then.'] : []
  const reasons = (gaveWay?.reasons ?? []).map((reason) => `  ${reason}`)
  const why = gaveWay === null ? '' : `: ${LIMIT_TEXT[gaveWay.kind]}`
  if (sustainable === null) {
    const least =
      exceeded === null ? 'Nothing was found out' : `NOT SUSTAINED: not even ${count(exceeded)} ${unit}`
    return [...interrupted, `${least}${why}`, ...reasons, ...breachText(result)]
  }
  const confirmed = confirmation === null ? ', not confirmed by a longer run' : ''
  const bound =
    exceeded === null
      ? '  the highest load allowed; more was not tried'
      : `  the limit lies between ${count(sustainable)} and ${count(exceeded)}${why}`
  return [
    ...interrupted,
    `SUSTAINABLE: ${count(sustainable)} ${unit}${confirmed}`,
    bound,
    ...reasons,
    ...breachText(result),
  ]
}

/** A search as text for a terminal; its last lines are what was found. */
export const capacityText = (result: CapacityResult): string =>
  [
    `${result.url}\n${result.slo}`,
    '',
    trialsTable(result.trials),
    '',
    ...(result.knee === null ? [] : [`Latency begins to rise at about ${count(result.knee)}.`]),
    ...foundText(result),
    '',
  ].join('\n')
