import type { Durations } from '../load/durations.ts'
import { FAILURE_KINDS, FAILURE_MEANING } from '../load/failure-kinds.ts'
import type { LoadResult } from '../load/result.ts'
import { bytes, count, duration, percent, table } from './figures.ts'
import { serverText } from './server-text.ts'

const durationRow = (name: string, durations: Durations): string[] =>
  [name].concat(
    durations.count === 0
      ? Array(8).fill('-')
      : [
          durations.minUs,
          durations.meanUs,
          durations.p50Us,
          durations.p90Us,
          durations.p99Us,
          durations.p999Us,
          durations.p9999Us,
          durations.maxUs,
        ].map(duration),
  )

const settingsText = ({ mode, settings, measuredMs }: LoadResult): string => {
  const { connections, pipeline, rate, arrivals, workers, url } = settings
  const how =
    mode === 'open'
      ? `${count(rate ?? 0)} requests/s, ${arrivals} arrivals`
      : 'closed loop: as fast as answers come'
  const depth = pipeline > 1 ? `, ${pipeline} requests in flight on each` : ''
  const threads = workers > 1 ? `, ${workers} threads` : ''
  const seconds = `${Number((measuredMs / 1000).toFixed(1))} s`
  return `${url}\n${how}; ${connections} connections${depth}${threads}; ${seconds}`
}

const errorsText = ({ errors, errorShare, statuses }: LoadResult): string[] => {
  const byStatus = Object.entries(statuses).map(([status, times]) => `${status}: ${count(times)}`)
  const lines = byStatus.length === 0 ? [] : [`statuses   ${byStatus.join(', ')}`]
  if (errorShare === 0) return lines
  const kinds = FAILURE_KINDS.filter((kind) => errors[kind] > 0)
  return [
    ...lines,
    `errors     ${percent(errorShare)}`,
    ...kinds.map((kind) => `  ${count(errors[kind])} ${kind}: ${FAILURE_MEANING[kind]}`),
  ]
}

const generatorText = ({ generator, mode }: LoadResult): string => {
  const lag = mode === 'open' ? `, schedule lag p99 ${duration(generator.scheduleLag.p99Us)}` : ''
  const backlog =
    generator.maxBacklog > 0 ? `, at most ${count(generator.maxBacklog)} waited for a connection` : ''
  return `generator  ${percent(generator.cpuShare)} of a core${lag}, loop delay p99 ${duration(generator.loopDelay.p99Us)}${backlog}`
}

const verdictText = ({ generator, verdict, settings, isInterrupted }: LoadResult): string[] => {
  const lines = isInterrupted ? ['Interrupted: this is what was measured until then.'] : []
  if (generator.limitedBy.length > 0)
    return [
      ...lines,
      'LIMITED BY THE GENERATOR: these figures say more about it than about the target.',
      ...generator.limitedBy.map((limit) => `  ${limit}`),
    ]
  if (verdict === null) return lines
  return verdict.isMet
    ? [...lines, `MET: ${settings.slo}`]
    : [...lines, `MISSED: ${settings.slo}`, ...verdict.missed.map((miss) => `  ${miss}`)]
}

/** Says what is missing when this is not the whole test; empty otherwise. */
export const missingPartsText = ({ parts }: Pick<LoadResult, 'parts'>): string => {
  const count = parts[0]?.count ?? 1
  if (parts.length >= count) return ''
  const held = parts.map(({ index }) => index + 1).join(', ')
  return `Not the whole test but part ${held} of ${count}; nova merge puts all together.`
}

/** A load test as text for a terminal; its last lines are the verdict. */
export const loadText = (result: LoadResult): string => {
  const { latency, serviceTime, requests, ratePerSecond, bytesReceived, measuredMs, mode } = result
  const rows = [
    ['', 'min', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'p99.99', 'max'],
    durationRow('latency', latency),
  ]
  if (mode === 'open') rows.push(durationRow('service', serviceTime))
  const resent = requests.resent > 0 ? `, ${count(requests.resent)} sent again` : ''
  const unfinished = requests.unfinished > 0 ? `, ${count(requests.unfinished)} unfinished` : ''
  const missing = missingPartsText(result)
  const throughput = bytes((bytesReceived / Math.max(1, measuredMs)) * 1000)
  return [
    settingsText(result),
    '',
    table(rows),
    '',
    `rate       ${count(ratePerSecond)} responses/s, ${throughput}/s`,
    `requests   ${count(requests.good)} good of ${count(requests.intended)}${resent}${unfinished}`,
    ...errorsText(result),
    generatorText(result),
    ...serverText(result.server),
    ...(missing === '' ? [] : [missing]),
    ...verdictText(result),
    '',
  ].join('\n')
}
