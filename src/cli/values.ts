import { InvalidArgumentError, Option } from 'commander'

/** Parses an option that must be an integer of `unit` from `min` to `max`. */
export const integer =
  (unit: string, min: number, max: number) =>
  (text: string): number => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`It must be a number of ${unit} from ${min} to ${max}.`)
  }

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/
const MS_PER: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** Parses 500ms, 10s, 2m, 1h; a number alone is seconds. Returns ms. */
export const durationMs = (text: string): number => {
  const [, value, unit = 's'] = DURATION.exec(text) ?? []
  if (value === undefined) throw new InvalidArgumentError('It must be like 500ms, 10s, 2m or 1h.')
  return Math.round(Number(value) * (MS_PER[unit] as number))
}

/** An option that is a duration, with its default as people write it. */
export const durationOption = (flags: string, description: string, fallback: string): Option =>
  new Option(flags, description).argParser(durationMs).default(durationMs(fallback), fallback)
