/** Lower-case forms of names that Node has found valid. Bounded, because names may be data. */
const KNOWN_NAMES = new Map<string, string>()
const MAX_KNOWN_NAMES = 512

/** Undefined for a name that was not seen yet. */
export const lowerCaseOf = (name: string): string | undefined => KNOWN_NAMES.get(name)

/** Node has taken this name. */
export const remember = (name: string): void => {
  if (KNOWN_NAMES.size < MAX_KNOWN_NAMES) KNOWN_NAMES.set(name, name.toLowerCase())
}
