import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ERRORS, type ErrorCode, REFUSALS } from '../../src/errors.ts'
import { ATTACKS, type Attack } from './attacks.ts'
import { DIFFERENCES } from './differences.ts'
import { REFUSED } from './rules.ts'

const page = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')

/** The cells of every table row, without code marks. */
const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .map((line) =>
      line
        .slice(2, -2)
        .split(' | ')
        .map((cell) => cell.replaceAll('`', '').trim()),
    )

const security = page('security.md')
const errors = page('errors.md')

describe('docs/errors.md', () => {
  const rows = new Map(rowsOf(errors).map(([code = '', ...cells]) => [code, cells]))

  test.each(Object.keys(ERRORS) as ErrorCode[])('has %s with its status and its sentence', (code) => {
    const { status, message } = ERRORS[code]
    expect(rows.get(code)?.slice(0, 2)).toEqual([status === 0 ? 'none' : String(status), message])
  })

  test('says that the connection closes after every message that is refused for its bytes', () => {
    const others = REFUSED.filter(({ refused }) => rows.get(refused)?.[2] !== 'closes')
    expect(others).toEqual([])
  })

  test('names no code that does not exist', () => {
    const codes = [...rows.keys()].filter((code) => /^[A-Z_0-9]+$/.test(code))
    expect(codes.filter((code) => !Object.hasOwn(ERRORS, code))).toEqual([])
  })
})

describe('docs/security.md', () => {
  const rows = new Map(rowsOf(security).map(([attack = '', ...cells]) => [attack, cells]))

  /** Sorted, each once. */
  const unique = (list: readonly string[]): string[] => [...new Set(list)].sort()

  test.each(Object.keys(ATTACKS) as Attack[])('answers %s with sections, codes and cases', (attack) => {
    const rules = REFUSED.filter((rule) => rule.attack === attack)
    const [, sections = '', codes = '', cases = ''] = rows.get(attack) ?? []
    expect(unique(sections.split('; '))).toEqual(unique(rules.map(({ section }) => section)))
    expect(unique(codes.split(', '))).toEqual(unique(rules.map(({ refused }) => refused)))
    expect(unique(cases.split(', '))).toEqual(unique(ATTACKS[attack]))
  })

  test('names only codes that exist', () => {
    const named = [...security.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g)].map(
      (match) => match[1] as string,
    )
    expect(named.length).toBeGreaterThan(10)
    expect(unique(named).filter((code) => !Object.hasOwn(REFUSALS, code))).toEqual([])
  })

  test('links to the options, the errors and the policy', () => {
    expect(security).toContain('(options.md')
    expect(security).toContain('(errors.md)')
    expect(security).toContain('(../SECURITY.md)')
  })
})

test('every code that a parser or a head rule can refuse with has a rule that provokes it', () => {
  const beyondBytes = ['BAD_REQUEST', 'BODY_TOO_LARGE', 'INCOMPLETE_HEAD', 'INCOMPLETE_BODY']
  const beforeHttp = ['BAD_PROXY_HEADER', 'UNTRUSTED_PROXY']
  const byClocksAndLoad = Object.keys(REFUSALS).filter((code) => {
    const { status } = REFUSALS[code as keyof typeof REFUSALS]
    return status === 408 || status === 503
  })
  const provoked = new Set<string>(REFUSED.map(({ refused }) => refused))
  const untested = Object.keys(REFUSALS).filter(
    (code) => !provoked.has(code) && ![...beyondBytes, ...beforeHttp, ...byClocksAndLoad].includes(code),
  )
  expect(untested).toEqual([])
})

test('no rule stands twice, and every difference has a reason from an RFC', () => {
  const names = REFUSED.map(({ section, name }) => `${section}: ${name}`)
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  for (const { reason } of Object.values(DIFFERENCES)) expect(reason).toMatch(/^RFC \d+, \d/)
})
