/** Own fields of an object made by Node, by name or symbol. */
export type Fields = Record<PropertyKey, unknown>

type Extra = readonly [key: PropertyKey, value: unknown]

/** The symbol with this description among the own ones of `sample`; one that nobody knows where there is none. */
export const ownSymbol = (sample: object, description: string): symbol =>
  Object.getOwnPropertySymbols(sample).find((symbol) => symbol.description === description) ??
  Symbol(description)

const isEmptyArray = (value: unknown): boolean => Array.isArray(value) && value.length === 0

const isEqual = (ours: unknown, natives: unknown): boolean => {
  if (typeof natives !== 'object' || natives === null) return Object.is(ours, natives)
  if (typeof ours !== 'object' || ours === null || Array.isArray(ours) !== Array.isArray(natives))
    return false
  return Reflect.ownKeys(natives).every((key) => isEqual((ours as Fields)[key], (natives as Fields)[key]))
}

/**
 * What our way of making an object has to add so that it has every field that Node's constructor made: later releases
 * have some more. Null when the two differ otherwise, and Node's constructor has to be called. `ownKeys` are ours alone.
 */
export const extrasOf = (
  ours: object,
  natives: object,
  ownKeys: readonly PropertyKey[],
): readonly Extra[] | null => {
  const extras: Extra[] = []
  for (const key of Reflect.ownKeys(natives)) {
    const value = (natives as Fields)[key]
    if (!Object.hasOwn(ours, key)) extras.push([key, value])
    else if (!ownKeys.includes(key) && !isEqual((ours as Fields)[key], value)) return null
  }
  const isStrange = Reflect.ownKeys(ours).some(
    (key) => !Object.hasOwn(natives, key) && !ownKeys.includes(key),
  )
  const isShared = extras.some(
    ([, value]) => typeof value === 'object' && value !== null && !isEmptyArray(value),
  )
  return isStrange || isShared ? null : extras
}

/** Arrays are each object's own. */
export const addExtras = (target: Fields, extras: readonly Extra[]): void => {
  for (const [key, value] of extras) target[key] = Array.isArray(value) ? [] : value
}
