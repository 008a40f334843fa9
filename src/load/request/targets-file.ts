import { NovaError } from '../../errors.ts'
import type { RequestSpec } from './request-spec.ts'

const LINE = /^([A-Z][A-Z-]*)\s+(\S+)(?:\s+(\S+))?$/

const readLine = (line: string, number: number): RequestSpec => {
  const [, method, path, weight] = LINE.exec(line) ?? []
  if (method === undefined || path === undefined) {
    throw new NovaError('OPTION_INVALID', `Targets, line ${number}: '${line}' is not METHOD PATH [WEIGHT].`)
  }
  return weight === undefined ? { method, path } : { method, path, weight: Number(weight) }
}

const isList = (value: unknown): value is RequestSpec[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'object' && each !== null)

const readJson = (text: string): RequestSpec[] => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new NovaError('OPTION_INVALID', 'Targets: the file begins with [ but is no JSON.', { cause })
  }
  if (isList(value)) return value
  throw new NovaError('OPTION_INVALID', 'Targets: a JSON file must hold an array of objects.')
}

/**
 * Reads the kinds of requests from a file's text: a JSON array of RequestSpec, or lines of METHOD PATH [WEIGHT], where
 * lines that are empty or begin with # do not count. Throws OPTION_INVALID naming the line.
 */
export const parseTargets = (text: string): RequestSpec[] => {
  if (text.trimStart().startsWith('[')) return readJson(text)
  const specs = text.split('\n').flatMap((line, i) => {
    const trimmed = line.trim()
    return trimmed === '' || trimmed.startsWith('#') ? [] : [readLine(trimmed, i + 1)]
  })
  if (specs.length === 0) throw new NovaError('OPTION_INVALID', 'Targets: the file names no request.')
  return specs
}
