/** `name{labels} value`, in OpenMetrics and in Prometheus' older format alike. */
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g
/** The labels that tell samples of one family apart; others, like that of a shard, say who counted. */
const TELLING = ['le', 'kind', 'code']

/** What `le` says, in one way of writing: 1 and 1.0 are the same bound. */
const boundOf = (le: string): string => (le === '+Inf' ? le : String(Number(le)))

const keyOf = (labels: string): string => {
  for (const [, name = '', value = ''] of labels.matchAll(LABEL)) {
    if (TELLING.includes(name)) return name === 'le' ? boundOf(value) : value
  }
  return ''
}

/** The samples of one name by their telling label ('' without one). */
export type Samples = ReadonlyMap<string, number>

/**
 * Reads metrics as text. Samples that differ only in who counted, like several shards, are added up; what is no sample
 * is passed over.
 */
export const parseExposition = (text: string): ReadonlyMap<string, Samples> => {
  const families = new Map<string, Map<string, number>>()
  for (const line of text.split('\n')) {
    const [, name, labels = '', number] = SAMPLE.exec(line) ?? []
    const value = Number(number)
    if (name === undefined || !Number.isFinite(value)) continue
    const samples = families.get(name) ?? new Map<string, number>()
    const key = keyOf(labels)
    samples.set(key, (samples.get(key) ?? 0) + value)
    families.set(name, samples)
  }
  return families
}
