import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { OPTION_TABLE } from '../../../src/options.ts'

const page = readFileSync(new URL('../../../docs/options.md', import.meta.url), 'utf8')

const number = (value: number): string => value.toLocaleString('en-US')

/** The rows of docs/options.md, as the option table has them. */
const expected = Object.entries(OPTION_TABLE).map(([name, row]) => {
  const range = `${number(row.min)} to ${number(row.max)}${row.zeroIsOff ? ', 0 = off' : ''}`
  const value = row.zeroIsOff && row.default === 0 ? 'off' : number(row.default)
  return `| \`${name}\` | ${row.unit} | ${value} | ${range} | ${row.is} | ${row.onBreach} |`
})

test('docs/options.md has the option table, row by row and in its order', () => {
  expect(
    page.split('\n').filter((line) => /^\| `\w+` \| (ms|bytes|requests|connections|fields)/.test(line)),
  ).toEqual(expected)
})
