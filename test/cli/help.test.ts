import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { registerServe } from '../../src/cli/commands/serve.ts'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'
import { runCli } from '../../src/cli/run.ts'
import { durationMs, integer } from '../../src/cli/values.ts'

let printed = ''

beforeEach(() => {
  printed = ''
  const write = (text: unknown): boolean => {
    printed += String(text)
    return true
  }
  vi.spyOn(process.stdout, 'write').mockImplementation(write)
  vi.spyOn(process.stderr, 'write').mockImplementation(write)
})
afterEach(() => {
  vi.restoreAllMocks()
})

const nova = (...args: string[]): Promise<number> => runCli(['node', 'nova', ...args], [registerServe])

describe('nova', () => {
  test('--help shows the commands, examples and every exit code', async () => {
    expect(await nova('--help')).toBe(0)
    expect(printed).toContain('$ nova serve app.mjs')
    for (const { code, is } of Object.values(EXIT_CODES)) expect(printed).toContain(`${code}  ${is}`)
  })

  test('serve --help shows what a module exports, and what signals do', async () => {
    expect(await nova('serve', '--help')).toBe(0)
    expect(printed).toMatch(/export const handler.*export const listener.*export const fetch/s)
    expect(printed).toContain('SIGHUP')
  })

  test.each([
    [['serv', 'app.mjs'], 'Did you mean serve?'],
    [['serve', 'app.mjs', '--shrads', '2'], 'Did you mean --shards?'],
    [['serve'], "missing required argument 'module'"],
    [['serve', 'app.mjs', '--port', '70000'], 'from 0 to 65535'],
    [['serve', 'app.mjs', '--shards', '0'], 'auto, or a number from 1 to 256'],
    [['serve', 'app.mjs', '--grace', 'long'], '500ms, 10s, 2m or 1h'],
  ])('%j is wrong usage', async (args, sentence) => {
    expect(await nova(...args)).toBe(EXIT_CODES.USAGE.code)
    expect(printed).toContain(sentence)
    expect(printed).toContain('--help')
  })
})

describe('values', () => {
  test.each([
    ['500ms', 500],
    ['1.5s', 1_500],
    ['10', 10_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ])('%s is %i ms', (text, ms) => {
    expect(durationMs(text)).toBe(ms)
  })

  test.each(['-1', '1.5', '', 'x', '11'])('%j is no integer from 0 to 10', (text) => {
    expect(() => integer('things', 0, 10)(text)).toThrow('from 0 to 10')
  })
})
