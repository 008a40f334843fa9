/** A family of metrics as its text says it. */
export interface ParsedFamily {
  type: string
  unit: string
  help: string
  samples: ParsedSample[]
}

export interface ParsedSample {
  name: string
  labels: Readonly<Record<string, string>>
  value: number
}

// The ABNF of OpenMetrics 1.0, as far as it is used here: no time stamps, no exemplars.
const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
/** Ends at what is not escaped. */
const ESCAPED = '(?:[^"\\\\\\n]|\\\\[n"\\\\])*'
const LABEL = `([a-zA-Z_][a-zA-Z0-9_]*)="(${ESCAPED})"`
const NUMBER = '[+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?Inf|NaN'
const DESCRIPTOR = new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) (${ESCAPED})$`)
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (${NUMBER})$`)
const VALUE_AT = 7

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total'],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum'],
}

const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_all, character: string) => (character === 'n' ? '\n' : character))

const toNumber = (text: string): number =>
  Number(text.replace(/^([+-]?)Inf$/, (_all, sign) => `${sign}Infinity`))

class ExpositionError extends Error {}

const fail = (rule: string, line: string): never => {
  throw new ExpositionError(`${rule}: ${line}`)
}

const parseSample = (line: string): ParsedSample => {
  const match = SAMPLE.exec(line) ?? fail('not a sample', line)
  const labels: Record<string, string> = {}
  for (const [, label, value] of (match[2] ?? '').matchAll(new RegExp(LABEL, 'g'))) {
    if (Object.hasOwn(labels, label as string)) fail('a label twice', line)
    labels[label as string] = unescaped(value as string)
  }
  return { name: match[1] as string, labels, value: toNumber(match[VALUE_AT] as string) }
}

const checkHistogram = (name: string, { samples }: ParsedFamily): void => {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`)
  const bounds = buckets.map(({ labels }) => toNumber(labels['le'] ?? fail('a bucket without le', name)))
  const counts = buckets.map(({ value }) => value)
  const isAscending = (numbers: number[]): boolean =>
    numbers.every((number, i) => i === 0 || number >= (numbers[i - 1] as number))
  if (!isAscending(bounds) || new Set(bounds).size !== bounds.length) fail('bounds do not ascend', name)
  if (bounds.at(-1) !== Number.POSITIVE_INFINITY) fail('no +Inf', name)
  if (!isAscending(counts)) fail('not cumulative', name)
  const count = samples.find((sample) => sample.name === `${name}_count`)?.value
  if (count !== counts.at(-1)) fail('the count is not that of +Inf', name)
  if (!samples.some((sample) => sample.name === `${name}_sum`)) fail('no sum', name)
}

const checkFamily = (name: string, family: ParsedFamily): void => {
  const { type, unit, help, samples } = family
  if (help === '') fail('no help', name)
  if (unit !== '' && !name.endsWith(`_${unit}`)) fail('the name does not end in its unit', name)
  const series = samples.map(
    (sample) => `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`,
  )
  if (new Set(series).size !== series.length) fail('a series twice', name)
  if (type !== 'gauge' && samples.some(({ value }) => !(value >= 0))) fail('a count below 0', name)
  if (type === 'histogram') checkHistogram(name, family)
}

/** Reads a text of OpenMetrics 1.0, by family. @throws when it breaks a rule of the format, and says which. */
export const parseExposition = (text: string): Map<string, ParsedFamily> => {
  const families = new Map<string, ParsedFamily>()
  if (!text.endsWith('\n# EOF\n')) fail('does not end in # EOF', text.slice(-20))
  let current = ''
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const descriptor = DESCRIPTOR.exec(line)
    if (descriptor === null) {
      const family = families.get(current) ?? fail('a sample without family', line)
      const sample = parseSample(line)
      const suffixes = SUFFIXES[family.type] ?? fail('an unknown type', line)
      if (!suffixes.some((suffix) => sample.name === current + suffix)) fail('not of its family', line)
      family.samples.push(sample)
      continue
    }
    const [, kind, name, value] = descriptor as unknown as [string, string, string, string]
    if (name !== current) {
      if (kind !== 'TYPE') fail('the type does not come first', line)
      if (families.has(name)) fail('a family in two places', line)
      families.set(name, { type: value, unit: '', help: '', samples: [] })
      current = name
      continue
    }
    const family = families.get(name) as ParsedFamily
    const key = kind.toLowerCase() as 'type' | 'unit' | 'help'
    if (family[key] !== '') fail('said twice', line)
    if (family.samples.length > 0) fail('said behind a sample', line)
    family[key] = unescaped(value)
  }
  for (const [name, family] of families) checkFamily(name, family)
  return families
}

/** The value of one series. @throws when there is none */
export const seriesValue = (
  families: Map<string, ParsedFamily>,
  series: string,
  labels: Readonly<Record<string, string>> = {},
): number => {
  const wanted = JSON.stringify(Object.entries(labels).sort())
  for (const { samples } of families.values()) {
    for (const sample of samples) {
      if (sample.name !== series || JSON.stringify(Object.entries(sample.labels).sort()) !== wanted) continue
      return sample.value
    }
  }
  throw new Error(`There is no ${series}${wanted}`)
}
