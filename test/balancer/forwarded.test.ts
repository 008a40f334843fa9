import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createEngine } from '../../src/engine/server/engine.ts'
import { clientAddressOf, type ForwardedOptions, forwardedClientOf } from '../../src/http/forwarded.ts'
import { bodiesOf, get } from '../support/answers.ts'
import { replyOnSocket } from '../support/wire.ts'

const PROXIES = ['10.0.0.0/8', 'fd00::/8', 'unix']

const requestFrom = (remoteAddress: string, fields: Record<string, string>) => ({
  remoteAddress,
  encrypted: false,
  host: 'inner.test',
  headers: { get: (name: string) => fields[name] },
})

const addressOf = (fields: Record<string, string>, field?: ForwardedOptions['field'], peer = '10.0.0.1') =>
  clientAddressOf(requestFrom(peer, fields), { trusted: PROXIES, ...(field === undefined ? {} : { field }) })

const viaXff = (value: string): string => addressOf({ 'x-forwarded-for': value })
const viaForwarded = (value: string): string => addressOf({ forwarded: value }, 'forwarded')

describe('X-Forwarded-For', () => {
  test.each([
    ['one client', '192.0.2.7', '192.0.2.7'],
    ['what a client invents stands left of it', '1.1.1.1, 192.0.2.7', '192.0.2.7'],
    ['trusted proxies are passed', '192.0.2.7, 10.1.1.1,10.2.2.2', '192.0.2.7'],
    ['nobody but proxies: the outermost', '10.3.3.3, 10.2.2.2', '10.3.3.3'],
    ['IPv6', '2001:DB8::7', '2001:db8::7'],
    ['IPv6 in brackets, with a port', '[2001:db8::7]:4711', '2001:db8::7'],
    ['IPv4 with a port', '192.0.2.7:4711', '192.0.2.7'],
    ['a trusted IPv4 mapped into IPv6', '192.0.2.7, ::ffff:10.2.2.2', '192.0.2.7'],
    ['a name ends the walk', '192.0.2.7, unknown, 10.2.2.2', '10.2.2.2'],
    ['a gap ends the walk', '192.0.2.7,,10.2.2.2', '10.2.2.2'],
    ['nonsense is nobody', 'nonsense', '10.0.0.1'],
    ['a zone is nobody', 'fe80::1%eth0', '10.0.0.1'],
    ['an octet with a leading zero is nobody', '192.0.2.07', '10.0.0.1'],
    ['nothing', '', '10.0.0.1'],
  ])('%s', (_name, value, address) => {
    expect(viaXff(value)).toBe(address)
  })

  test('is not believed when it comes from a peer that is not trusted', () => {
    expect(addressOf({ 'x-forwarded-for': '1.1.1.1' }, 'x-forwarded', '192.0.2.7')).toBe('192.0.2.7')
  })

  test('is believed on a unix socket, when that is trusted', () => {
    const request = requestFrom('', { 'x-forwarded-for': '192.0.2.7' })
    expect(clientAddressOf(request, { trusted: ['unix'] })).toBe('192.0.2.7')
    expect(clientAddressOf(request, { trusted: ['10.0.0.0/8'] })).toBe('')
  })

  test('has no more than 32 hops', () => {
    expect(viaXff(`1.1.1.1, ${Array(40).fill('10.2.2.2').join(', ')}`)).toBe('10.2.2.2')
  })
})

describe('Forwarded (RFC 7239)', () => {
  test.each([
    ['4: a token', 'for=192.0.2.7', '192.0.2.7'],
    ['4: names in any case', 'FOR=192.0.2.7', '192.0.2.7'],
    ['4: a quoted string', 'for="192.0.2.7:4711"', '192.0.2.7'],
    ['4: escapes', 'for="192\\.0.2\\.7"', '192.0.2.7'],
    ['6: IPv6', 'for="[2001:db8:cafe::17]"', '2001:db8:cafe::17'],
    ['6: IPv6 with a port', 'for="[2001:db8:cafe::17]:4711"', '2001:db8:cafe::17'],
    ['6: an obfuscated port', 'for="192.0.2.7:_gazonk"', '192.0.2.7'],
    ['4: other parameters', 'by=10.0.0.1;for=192.0.2.7;proto=https;secret="a,b;c"', '192.0.2.7'],
    ['4: blanks around semicolons', 'for=192.0.2.7; proto=https ;host=a', '192.0.2.7'],
    ['4: several hops', 'for=1.1.1.1, for=192.0.2.7, for=10.2.2.2', '192.0.2.7'],
    ['4: a comma in a quoted string', 'for=192.0.2.7;a=",for=1.1.1.1"', '192.0.2.7'],
    ['6.3: a name ends the walk', 'for=192.0.2.7, for=_hidden, for=10.2.2.2', '10.2.2.2'],
    ['6.2: unknown', 'for=unknown', '10.0.0.1'],
    ['4: an element without for', 'proto=https', '10.0.0.1'],
    ['4: for twice', 'for=192.0.2.7;for=1.1.1.1', '10.0.0.1'],
    ['IPv6 without quotes is malformed', 'for=[2001:db8::7]', '10.0.0.1'],
    ['X-Forwarded-For is no syntax of it', '192.0.2.7', '10.0.0.1'],
    ['a missing end quote', 'for="192.0.2.7', '10.0.0.1'],
    ['nothing', '', '10.0.0.1'],
  ])('%s', (_name, value, address) => {
    expect(viaForwarded(value)).toBe(address)
  })

  test('what a client has sent cannot change what the proxy behind it says', () => {
    const appended = fc.constantFrom(
      'for=192.0.2.7',
      'for="[2001:db8::7]:1"',
      'for="192.0.2.7";by="[fd00::1]"',
      'by="10.0.0.1";for=192.0.2.7;proto=https',
    )
    const hostile = fc.oneof(
      fc.string({
        unit: fc.constantFrom('"', '\\', ',', ';', '=', 'for', ' ', '1.1.1.1', 'a'),
        maxLength: 12,
      }),
      fc.string({ maxLength: 20 }),
    )
    fc.assert(
      fc.property(hostile, appended, (sent, element) => {
        expect(viaForwarded(`${sent}, ${element}`)).toBe(viaForwarded(element))
      }),
      { numRuns: 2_000 },
    )
  })

  test('is read only when it is the field that the proxies write', () => {
    const fields = { forwarded: 'for=1.1.1.1', 'x-forwarded-for': '192.0.2.7' }
    expect(addressOf(fields)).toBe('192.0.2.7')
    expect(addressOf(fields, 'forwarded')).toBe('1.1.1.1')
  })

  test('of many elements and quotes is read in no time to speak of', () => {
    expect(viaForwarded(`for="${',a="'.repeat(4_000)}`)).toBe('10.0.0.1')
    expect(viaForwarded(`1${' '.repeat(16_000)}1`)).toBe('10.0.0.1')
  })
})

describe('Scheme and host', () => {
  const clientOf = (fields: Record<string, string>, field?: 'forwarded') =>
    forwardedClientOf(requestFrom('10.0.0.1', fields), {
      trusted: PROXIES,
      ...(field === undefined ? {} : { field }),
    })

  test('are those of the hop that saw the client', () => {
    const forwarded =
      'for=1.1.1.1;proto=http;host=evil, for=192.0.2.7;proto=https;host="a.test:8443", for=10.2.2.2;proto=http;host=b'
    expect(clientOf({ forwarded }, 'forwarded')).toEqual({
      address: '192.0.2.7',
      proto: 'https',
      host: 'a.test:8443',
    })
    const fields = {
      'x-forwarded-for': '192.0.2.7, 10.2.2.2',
      'x-forwarded-proto': 'https, http',
      'x-forwarded-host': 'a.test, b',
    }
    expect(clientOf(fields)).toEqual({ address: '192.0.2.7', proto: 'https', host: 'a.test' })
  })

  test('are those of the nearest proxy where the lists do not fit each other', () => {
    const fields = { 'x-forwarded-for': '1.1.1.1, 192.0.2.7', 'x-forwarded-proto': 'https' }
    expect(clientOf(fields)).toEqual({ address: '192.0.2.7', proto: 'https', host: 'inner.test' })
  })

  test('are the connection’s own where the proxy says nonsense', () => {
    const fields = {
      'x-forwarded-for': '192.0.2.7',
      'x-forwarded-proto': 'gopher',
      'x-forwarded-host': 'a/b',
    }
    expect(clientOf(fields)).toEqual({ address: '192.0.2.7', proto: 'http', host: 'inner.test' })
  })
})

test('a request of the engine is asked', async () => {
  const engine = createEngine({}, (req, res) => {
    const { address, proto, host } = forwardedClientOf(req, { trusted: ['127.0.0.1'] })
    res.end(`${proto}://${host} for ${address}`)
  })
  const { port } = await engine.listen({ host: '127.0.0.1' })
  const fields = 'X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n'
  const { text } = await replyOnSocket(port, [get('/', fields)])
  expect(bodiesOf(text)).toEqual(['https://localhost for 192.0.2.7'])
  await engine.drain()
})

test('trust in nobody, or in what is no address, is refused', () => {
  for (const trusted of [[], ['localhost']]) {
    expect(() => clientAddressOf(requestFrom('10.0.0.1', {}), { trusted })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    )
  }
})
