import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { COMMANDS } from '../../src/cli/commands/all.ts'
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

const nova = (...args: string[]): Promise<number> => runCli(['node', 'nova', ...args], COMMANDS)

describe('nova', () => {
  test('--help shows the commands, examples and every exit code', async () => {
    expect(await nova('--help')).toBe(0)
    expect(printed).toContain('$ nova serve app.mjs')
    for (const { code, is } of Object.values(EXIT_CODES)) expect(printed).toContain(`${code}  ${is}`)
  })

  test.each(['bench', 'load', 'capacity', 'ab', 'compare', 'merge'])(
    '%s --help has examples',
    async (name) => {
      expect(await nova(name, '--help')).toBe(0)
      expect(printed).toContain('Examples:')
      expect(printed).toContain(`$ nova ${name} `)
      // A number of milliseconds would be taken for something else.
      expect(printed).not.toMatch(/<time>[^-]*\(default: \d+\)/)
    },
  )

  test.each(['ab', 'compare'])('%s --help says which exit code stands for worse', async (name) => {
    await nova(name, '--help')
    expect(printed).toContain(`Exit code ${EXIT_CODES.WORSE.code}: B is worse`)
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
    [['compair', 'a.json', 'b.json'], 'Did you mean compare?'],
    [['ab', 'http://h/', '--a', 'x'], "required option '--b <command>' not specified"],
    [['ab', 'http://h/', '--a', 'x', '--b', 'y', '--round', '9'], 'Did you mean --rounds?'],
    [['ab', 'http://h/', '--a', 'x', '--b', 'y', '--rounds', '6'], 'from 7 to 1000'],
    [
      ['ab', 'http://h/', '--a', 'x', '--b', 'y', '--confidence', '2'],
      'a share from 0.5 to 0.999, or in per cent',
    ],
    [['compare', 'a.json'], "missing required argument 'B.json'"],
    [['compare', 'a.json', 'b.json', '--treshold', '1%'], 'Did you mean --threshold?'],
    [['compare', 'a.json', 'b.json', '--threshold', '150%'], 'a share from 0 to 1'],
    [['merge'], "missing required argument 'files'"],
    [['merge', 'a.json', '--htlm', 'a.html'], 'Did you mean --html?'],
    [['load', 'http://h/', '-r', '1', '--part', '4/3'], 'the first of three'],
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
