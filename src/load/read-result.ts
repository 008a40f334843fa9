import { NovaError } from '../errors.ts'
import { histogramOf } from './durations.ts'
import { FAILURE_KINDS } from './failure-kinds.ts'
import { type LoadResult, RESULT_VERSION } from './result.ts'

const COUNTS = ['intended', 'good', 'failed', 'unfinished', 'resent', 'completedInWindow']
const GENERATOR = ['cpuShare', 'cpuSeconds', 'maxBacklog']
const NUMBERS = [
  ...['measuredMs', 'ratePerSecond', 'errorShare', 'connectionsOpened', 'bytesSent', 'bytesReceived'],
  ...COUNTS.map((name) => `requests.${name}`),
  ...GENERATOR.map((name) => `generator.${name}`),
  ...FAILURE_KINDS.map((kind) => `errors.${kind}`),
]
const DURATIONS = ['latency', 'serviceTime', 'generator.scheduleLag', 'generator.loopDelay']
const DURATION_FIELDS = ['count', 'minUs', 'meanUs', 'p50Us', 'p90Us', 'p99Us', 'p999Us', 'p9999Us', 'maxUs']
const POINT_FIELDS = ['atMs', 'lengthMs', 'completed', 'failed', 'p50Us', 'p99Us', 'maxUs']

const at = (value: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((inner, name) => (inner as Record<string, unknown> | null | undefined)?.[name], value)

const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)

const isPoint = (point: unknown): boolean => {
  const counts = at(point, 'counts')
  return (
    POINT_FIELDS.every((name) => isNumber(at(point, name))) &&
    Array.isArray(counts) &&
    counts.every((pair: unknown) => isNumber(at(pair, '0')) && isNumber(at(pair, '1')))
  )
}

const isPart = (part: unknown): boolean => {
  const [index, count] = [at(part, 'index'), at(part, 'count')]
  return Number.isInteger(index) && Number.isInteger(count) && (index as number) < (count as number)
}

const isHistogram = (durations: unknown): boolean => {
  try {
    const { totalCount } = histogramOf(durations as LoadResult['latency'])
    return totalCount === at(durations, 'count')
  } catch {
    return false
  }
}

/** What is wrong in it, by name; null when nothing is. */
const faultOf = (value: unknown): string | null => {
  const number = [
    ...NUMBERS,
    ...DURATIONS.flatMap((name) => DURATION_FIELDS.map((field) => `${name}.${field}`)),
  ].find((path) => !isNumber(at(value, path)))
  if (number !== undefined) return number
  const text = ['startedAt', 'settings.url', 'machine.node', 'machine.platform'].find(
    (path) => typeof at(value, path) !== 'string',
  )
  if (text !== undefined) return text
  if (at(value, 'mode') !== 'open' && at(value, 'mode') !== 'closed') return 'mode'
  const isWatched = at(value, 'server') != null
  const lists = [
    ...['settings.requests', 'parts', 'timeline', 'generator.limitedBy'],
    ...(isWatched ? ['server.tail', 'server.notes'] : []),
  ]
  const list = lists.find((path) => !Array.isArray(at(value, path)))
  if (list !== undefined) return list
  if (!Object.values(Object(at(value, 'statuses'))).every(isNumber)) return 'statuses'
  if (!(at(value, 'parts') as unknown[]).every(isPart)) return 'parts'
  if (!(at(value, 'timeline') as unknown[]).every(isPoint)) return 'timeline'
  return DURATIONS.find((path) => !isHistogram(at(value, path))) ?? null
}

/**
 * Reads what `--json` wrote. Throws OPTION_INVALID, beginning with `name`, for anything else: other formats, other
 * versions, damaged files.
 */
export const readLoadResult = (text: string, name: string): LoadResult => {
  const invalid = (detail: string): NovaError => new NovaError('OPTION_INVALID', `${name}: ${detail}`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw invalid(`no JSON (${(cause as Error).message}).`)
  }
  const format = at(value, 'format')
  if (format !== 'nova-load')
    throw invalid(
      `no result of nova load or nova bench${typeof format === 'string' ? ` but ${format}` : ''}; --json writes one.`,
    )
  if (at(value, 'version') !== RESULT_VERSION)
    throw invalid(
      `version ${String(at(value, 'version'))} of the format; version ${RESULT_VERSION} can be read.`,
    )
  const fault = faultOf(value)
  if (fault !== null) throw invalid(`damaged: ${fault} is not what it has to be.`)
  return value as LoadResult
}
