import { InvalidArgumentError } from 'commander'

/** Parses an option that must be an integer of `unit` from `min` to `max`. */
export const integer =
  (unit: string, min: number, max: number) =>
  (text: string): number => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`It must be a number of ${unit} from ${min} to ${max}.`)
  }
