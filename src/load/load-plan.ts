import { NovaError } from '../errors.ts'
import type { ArrivalKind, Part } from './arrivals/arrivals.ts'
import type { TargetAddress } from './client-transport.ts'
import { LOAD_NUMBERS, type LoadNumber, type LoadOptions, RATE_RANGE } from './load-options.ts'
import { type ResolvedRequest, resolveRequest } from './request/request-spec.ts'
import type { Row } from './request/template.ts'
import { parseSlo } from './slo.ts'

/** Options with nothing left to default or to check. Plain data: it is sent to worker threads. */
export interface LoadPlan extends Readonly<Record<LoadNumber, number>> {
  readonly url: string
  readonly target: TargetAddress
  /** For the Host field. */
  readonly host: string
  readonly requests: readonly ResolvedRequest[]
  readonly template: boolean
  readonly rows: readonly Row[]
  /** Null: closed loop. Of all parts together. */
  readonly rate: number | null
  readonly arrivals: ArrivalKind
  readonly expectStatus: readonly number[] | null
  readonly expectBody: string | null
  readonly slo: string | null
  readonly startAt: number | null
  readonly part: Part
  readonly serverMetrics: string | null
  readonly pid: number | null
}

const invalid = (detail: string): NovaError => new NovaError('OPTION_INVALID', detail)

const KNOWN: readonly string[] = [
  ...Object.keys(LOAD_NUMBERS),
  ...['url', 'method', 'headers', 'body', 'requests', 'template', 'rows', 'rate', 'arrivals'],
  ...['expectStatus', 'expectBody', 'slo', 'insecure', 'startAt', 'part', 'signal', 'onProgress'],
  ...['serverMetrics', 'pid'],
]

const readNumbers = (options: LoadOptions): Record<LoadNumber, number> => {
  const numbers = {} as Record<LoadNumber, number>
  for (const name of Object.keys(LOAD_NUMBERS) as LoadNumber[]) {
    const { unit, min, max, default: fallback } = LOAD_NUMBERS[name]
    const value = options[name] ?? fallback
    if (!Number.isInteger(value) || value < min || value > max)
      throw invalid(
        `Option ${name} must be an integer of ${unit} from ${min} to ${max}; got ${String(value)}.`,
      )
    numbers[name] = value
  }
  return numbers
}

const readUrl = (name: string, text: string): URL => {
  if (!URL.canParse(text))
    throw invalid(`Option ${name}: '${text}' is no URL; one looks like http://127.0.0.1:3000/path.`)
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw invalid(`Option ${name}: ${url.protocol} is not http: or https:.`)
  return url
}

const readServerMetrics = ({ serverMetrics }: LoadOptions): string | null =>
  serverMetrics === undefined ? null : readUrl('serverMetrics', serverMetrics).href

const readPid = ({ pid }: LoadOptions): number | null => {
  if (pid === undefined || (Number.isInteger(pid) && pid > 0)) return pid ?? null
  throw invalid(`Option pid must be the number of a process; got ${String(pid)}.`)
}

const targetOf = (url: URL, insecure: boolean): TargetAddress => {
  const isTls = url.protocol === 'https:'
  return {
    isTls,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (isTls ? 443 : 80),
    insecure,
  }
}

const readRate = ({ rate }: LoadOptions): number | null => {
  if (rate === undefined) return null
  if (rate >= RATE_RANGE.min && rate <= RATE_RANGE.max) return rate
  throw invalid(
    `Option rate must be requests per second from ${RATE_RANGE.min} to ${RATE_RANGE.max}; got ${rate}.`,
  )
}

const readPart = ({ part = { index: 0, count: 1 } }: LoadOptions): Part => {
  const { index, count } = part
  if (Number.isInteger(index) && Number.isInteger(count) && index >= 0 && index < count)
    return { index, count }
  throw invalid(`Option part must be one of count parts, from 0 on; got ${index} of ${count}.`)
}

const readStatuses = ({ expectStatus }: LoadOptions): readonly number[] | null => {
  for (const status of expectStatus ?? []) {
    if (!Number.isInteger(status) || status < 200 || status > 599)
      throw invalid(`Option expectStatus must hold statuses from 200 to 599; got ${String(status)}.`)
  }
  return expectStatus ?? null
}

/** Fills in defaults and checks every option. Throws OPTION_INVALID naming the one that is wrong. */
export const resolvePlan = (options: LoadOptions): LoadPlan => {
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name))
  if (unknown !== undefined) throw invalid(`Unknown option ${unknown}; known: ${KNOWN.join(', ')}.`)
  const url = readUrl('url', options.url)
  const { requests = [{}], template = false, rows = [], arrivals = 'constant', startAt = null } = options
  if (requests.length === 0) throw invalid('Option requests must hold at least one request.')
  if (arrivals !== 'constant' && arrivals !== 'poisson')
    throw invalid(`Option arrivals must be constant or poisson; got ${String(arrivals)}.`)
  if (startAt !== null && !Number.isFinite(startAt))
    throw invalid('Option startAt must be ms since the epoch.')
  if (options.slo !== undefined) parseSlo(options.slo)
  const numbers = readNumbers(options)
  const part = readPart(options)
  const generators = part.count * numbers.workers
  if (numbers.connections < generators)
    throw invalid(
      `Option connections must be at least one for each of ${generators} parts and workers; got ${numbers.connections}.`,
    )
  return {
    ...numbers,
    url: url.href,
    target: targetOf(url, options.insecure ?? false),
    host: url.host,
    requests: requests.map((spec) => resolveRequest(spec, options, url)),
    template,
    rows,
    rate: readRate(options),
    arrivals,
    expectStatus: readStatuses(options),
    expectBody: options.expectBody ?? null,
    slo: options.slo ?? null,
    startAt,
    part,
    serverMetrics: readServerMetrics(options),
    pid: readPid(options),
  }
}

/** What part `index` of `count` gets of a whole; the first ones get what does not divide. */
export const shareOf = (whole: number, { index, count }: Part): number =>
  Math.floor(whole / count) + (index < whole % count ? 1 : 0)
