/** The media type of what `renderFamilies` returns. */
export const METRICS_CONTENT_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

interface FamilyHead {
  /** Without the suffix of its type; ends in the unit, if it has one. */
  readonly name: string
  readonly help: string
  readonly unit?: 'seconds' | 'bytes'
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

/** What only grows. */
export interface CounterFamily extends FamilyHead {
  readonly type: 'counter'
  readonly samples: readonly Sample[]
}

export interface GaugeFamily extends FamilyHead {
  readonly type: 'gauge'
  readonly samples: readonly Sample[]
}

export interface HistogramFamily extends FamilyHead {
  readonly type: 'histogram'
  /** By upper bound, ascending, the last one `+Inf`; each counts what is above the one before. */
  readonly buckets: readonly (readonly [bound: string, count: number])[]
  readonly sum: number
}

export type Family = CounterFamily | GaugeFamily | HistogramFamily

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '"': '\\"' }

const escaped = (text: string): string =>
  text.replace(/[\\\n"]/g, (character) => ESCAPES[character] as string)

const labelled = (name: string, labels: Readonly<Record<string, string>> = {}): string => {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`)
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`
}

const histogramLines = ({ name, buckets, sum }: HistogramFamily): string[] => {
  let count = 0
  const lines = buckets.map(([le, more]) => {
    count += more
    return `${labelled(`${name}_bucket`, { le })} ${count}`
  })
  return [...lines, `${name}_count ${count}`, `${name}_sum ${sum}`]
}

const sampleLines = (family: Family): string[] => {
  if (family.type === 'histogram') return histogramLines(family)
  const name = family.type === 'counter' ? `${family.name}_total` : family.name
  return family.samples.map(({ labels, value }) => `${labelled(name, labels)} ${value}`)
}

const familyLines = (family: Family): string[] => {
  const { name, type, unit, help } = family
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...sampleLines(family),
  ]
}

/** Text of OpenMetrics 1.0, which Prometheus reads as well. Names and units are taken as they are; texts are escaped. */
export const renderFamilies = (families: readonly Family[]): string =>
  [...families.flatMap(familyLines), '# EOF', ''].join('\n')
