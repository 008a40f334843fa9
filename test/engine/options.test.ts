import { describe, expect, test } from 'vitest'
import { createEngine } from '../../src/engine/server/engine.ts'
import type { NovaError } from '../../src/errors.ts'
import { type EngineOptions, OPTION_TABLE, resolveOptions } from '../../src/options.ts'

const errorOf = (options: unknown): NovaError => {
  try {
    createEngine(options as EngineOptions, () => {})
  } catch (error) {
    return error as NovaError
  }
  throw new Error('accepted')
}

describe.each(Object.entries(OPTION_TABLE))('Option %s', (name, row) => {
  test('accepts its default and both ends of its range', () => {
    for (const value of [row.default, row.min, row.max, undefined]) {
      expect(resolveOptions({ [name]: value })).toMatchObject({ [name]: value ?? row.default })
    }
  })

  test.each([
    -1,
    row.min - 1,
    row.max + 1,
    row.min + 0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '5',
    null,
    true,
    {},
    5n,
  ])('refuses %s, naming itself, its unit and its range', (value) => {
    if (value === 0 && row.zeroIsOff) return
    const { code, message } = errorOf({ [name]: value })
    expect(code).toBe('OPTION_INVALID')
    expect(message).toContain(
      `Option ${name} must be an integer of ${row.unit} from ${row.min} to ${row.max}`,
    )
    expect(message.includes('0 for none')).toBe(row.zeroIsOff)
  })

  test(`${row.zeroIsOff ? 'is switched off by' : row.min === 0 ? 'accepts' : 'refuses'} 0`, () => {
    if (row.zeroIsOff || row.min === 0) expect(resolveOptions({ [name]: 0 })).toMatchObject({ [name]: 0 })
    else expect(errorOf({ [name]: 0 }).code).toBe('OPTION_INVALID')
  })
})

describe('Other options', () => {
  test.each(['parser', 'transport'])('%s refuses an unknown choice, naming the known ones', (name) => {
    for (const value of ['fast', '', 1, null, 'toString']) {
      const { code, message } = errorOf({ [name]: value })
      expect([code, message.startsWith(`Option ${name} must be one of auto, `)]).toEqual([
        'OPTION_INVALID',
        true,
      ])
    }
  })

  test.each([
    'idleTimeout',
    'IdleTimeoutMs',
    'port',
    'toString',
    'constructor',
    '__proto__x',
    'hasOwnProperty',
  ])('the unknown name %s is refused, and the known ones are listed', (name) => {
    const { code, message } = errorOf({ [name]: 1 })
    expect(code).toBe('OPTION_INVALID')
    expect(message).toMatch(new RegExp(`^Unknown option ${name}; known: handshakeTimeoutMs, .*transport`))
  })

  test('onError and the handler must be functions', () => {
    expect(errorOf({ onError: 'log' })).toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining('onError'),
    })
    expect(() => createEngine({}, 'x' as never)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  })

  test.each([null, undefined, 5, 'fast'])('options that are %s are refused', (options) => {
    expect(errorOf(options)).toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining('object'),
    })
  })

  test('resolved options are frozen and do not follow the object they came from', () => {
    const given = { idleTimeoutMs: 100 }
    const { options } = createEngine(given, () => {})
    given.idleTimeoutMs = 200
    expect(options.idleTimeoutMs).toBe(100)
    expect(Object.isFrozen(options)).toBe(true)
  })
})
