import type { Fields } from './layout.ts'

/**
 * Express gives each request and response another prototype. V8 before 12 (Node 20) then makes new hidden classes of
 * every field that is added afterwards, for each object anew, and collecting them costs more than all else together.
 * An object that keeps its fields in a dictionary has no such classes; it is slower for everybody else, so it is only
 * used while prototypes are seen to be swapped.
 */
const LAST_AFFECTED = 11
export const isAffected = Number.parseInt(process.versions.v8, 10) <= LAST_AFFECTED

/** Deleting a field that is not the last one is what turns an object into a dictionary. */
export const makeDictionary = (fields: Fields): void => {
  fields.novaFirst = 0
  fields.novaLast = 0
  delete fields.novaFirst
  delete fields.novaLast
}
