import { describe, expect, test } from 'vitest'
import { LightResponse, plainOf } from '../../src/fetch/response.ts'

const Native = globalThis.Response
const Light = LightResponse as unknown as typeof Response

type Make = (Constructor: typeof Response) => Response

class Init {
  get status(): number {
    return 201
  }
}

/** A Response by its constructor; with true, one that is sent without a real one behind it. */
const MAKERS: readonly (readonly [name: string, make: Make, isPlain: boolean])[] = [
  ['nothing', (R) => new R(), true],
  ['null', (R) => new R(null), true],
  ['text', (R) => new R('é€'), true],
  ['empty text', (R) => new R(''), true],
  ['bytes', (R) => new R(new Uint8Array([1, 2, 3])), true],
  ['a part of a Buffer', (R) => new R(Buffer.from('abcdef').subarray(1, 3)), true],
  ['an ArrayBuffer', (R) => new R(new Uint8Array([1, 2, 3]).buffer), false],
  ['URLSearchParams', (R) => new R(new URLSearchParams({ a: 'b c' })), false],
  ['a number for a body', (R) => new R(1 as unknown as string), false],
  ['init null', (R) => new R('x', null as unknown as ResponseInit), true],
  ['init undefined', (R) => new R('x', undefined), true],
  ['init of getters', (R) => new R('x', new Init()), true],
  ['init a Response', (R) => new R('x', new Native('y', { status: 404, headers: { 'x-a': 'b' } })), true],
  ['a status', (R) => new R('x', { status: 500 }), true],
  ['a status that is text', (R) => new R('x', { status: '201' as unknown as number }), false],
  ['a status text', (R) => new R('x', { statusText: 'Fine' }), false],
  ['204', (R) => new R(null, { status: 204 }), false],
  ['a record', (R) => new R('x', { headers: { 'X-A': 'b', 'Content-Type': 'text/html' } }), true],
  ['a record without a body', (R) => new R(null, { headers: { 'X-A': 'b' } }), true],
  ['a record of two spellings', (R) => new R('x', { headers: { 'X-A': 'b', 'x-a': 'c' } }), false],
  ['a record with spaces around', (R) => new R('x', { headers: { 'x-a': ' b ' } }), false],
  ['a record with an empty value', (R) => new R('x', { headers: { 'x-a': '' } }), false],
  ['a record with a number', (R) => new R('x', { headers: { 'x-a': 1 as unknown as string } }), false],
  [
    'a record without a prototype',
    (R) => new R('x', { headers: Object.assign(Object.create(null), { a: 'b' }) }),
    false,
  ],
  ['inherited fields', (R) => new R('x', { headers: Object.create({ a: 'b' }) }), false],
  [
    'pairs',
    (R) =>
      new R('x', {
        headers: [
          ['a', 'b'],
          ['A', 'c'],
        ],
      }),
    false,
  ],
  ['Headers', (R) => new R('x', { headers: new Headers({ a: 'b', 'content-type': 'x/y' }) }), true],
  ['Headers without a type', (R) => new R('x', { headers: new Headers({ a: 'b' }) }), true],
  [
    'Headers with cookies',
    (R) => {
      const headers = new Headers()
      headers.append('set-cookie', 'a=1')
      headers.append('set-cookie', 'b=2')
      return new R('x', { headers })
    },
    true,
  ],
  ['json', (R) => R.json({ a: ['é'] }), true],
  ['json null', (R) => R.json(null), true],
  ['json with a status', (R) => R.json({}, { status: 404 }), true],
  ['json with fields', (R) => R.json({}, { headers: { 'X-A': 'b' } }), true],
  ['json of its own type', (R) => R.json({}, { headers: [['Content-Type', 'application/ld+json']] }), true],
  ['json with a status text', (R) => R.json({}, { statusText: 'Fine' }), false],
  ['redirect', (R) => R.redirect('http://a/b', 307), false],
]

const REFUSED: readonly (readonly [name: string, make: Make])[] = [
  ['a low status', (R) => new R('x', { status: 199 })],
  ['a high status', (R) => new R('x', { status: 600 })],
  ['a body where there is none', (R) => new R('x', { status: 304 })],
  ['a bad name', (R) => new R('x', { headers: { 'no name': 'x' } })],
  ['an empty name', (R) => new R('x', { headers: { '': 'x' } })],
  ['a bad value', (R) => new R('x', { headers: { a: 'x\r\ny' } })],
  ['a value beyond latin1', (R) => new R('x', { headers: { a: '€' } })],
  ['headers null', (R) => new R('x', { headers: null as unknown as HeadersInit })],
  ['headers that are text', (R) => new R('x', { headers: 'a: b' as unknown as HeadersInit })],
  ['a bad status text', (R) => new R('x', { statusText: 'x\r\n' })],
  ['json of undefined', (R) => R.json(undefined)],
  ['json of a symbol', (R) => R.json(Symbol('x'))],
  ['json of what JSON cannot say', (R) => R.json(1n)],
  ['json without a body', (R) => R.json({}, { status: 204 })],
  ['json with a bad name', (R) => R.json({}, { headers: { 'no name': 'x' } })],
]

type HeadersInit = NonNullable<ResponseInit['headers']>

const looksOf = async (response: Response) => [
  response.status,
  response.ok,
  response.statusText,
  response.type,
  [...response.headers],
  response.body === null,
  response.bodyUsed,
  [...new Uint8Array(await response.arrayBuffer())],
]

describe('a light Response is what the real one is', () => {
  test.each(MAKERS)('%s', async (_name, make, isPlain) => {
    expect(plainOf(make(Light)) !== null).toBe(isPlain)
    expect(await looksOf(make(Light))).toEqual(await looksOf(make(Native)))
  })

  test.each(REFUSED)('%s is refused as ever', (_name, make) => {
    const errorOf = (Constructor: typeof Response): string => {
      try {
        make(Constructor)
      } catch (error) {
        return (error as Error).name
      }
      return ''
    }
    expect(errorOf(Native)).not.toBe('')
    expect(errorOf(Light)).toBe(errorOf(Native))
  })
})

describe('what it was made of may change afterwards', () => {
  test.each<[string, Uint8Array<ArrayBuffer>]>([
    ['a Buffer', Buffer.from('before')],
    ['bytes', new Uint8Array(Buffer.from('before'))],
  ])('%s', async (_name, body) => {
    const response = new Light(body)
    body.fill(0)
    expect(await response.text()).toBe('before')
  })

  test('Headers', () => {
    const headers = new Headers({ a: 'before' })
    const response = new Light('x', { headers })
    headers.set('a', 'after')
    expect(response.headers.get('a')).toBe('before')
  })

  test('the default fields of one are not those of the next', () => {
    new Light('x').headers.set('content-type', 'text/html')
    expect(new Light('x').headers.get('content-type')).toBe('text/plain;charset=UTF-8')
  })
})

test('a name and value that passed once do not let another value pass', () => {
  new Light('x', { headers: { 'x-once': 'good' } })
  expect(() => new Light('x', { headers: { 'x-once': 'bad\r\n' + 'y: z' } })).toThrow(TypeError)
  expect(plainOf(new Light('x', { headers: { 'x-once': 'good' } }))?.fields).toEqual([
    'x-once',
    'good',
    'content-type',
    'text/plain;charset=UTF-8',
  ])
})
