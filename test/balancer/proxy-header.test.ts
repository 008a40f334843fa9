import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseProxyHeader } from '../../src/engine/transport/proxy-header.ts'
import { binaryHeader, IPV4_ADDRESSES, IPV6_ADDRESSES, tlv, UNIX_ADDRESSES } from './proxy-bytes.ts'

const parse = (text: string) => parseProxyHeader(Buffer.from(text, 'latin1'))

const V4 = { address: '192.0.2.7', port: 1234 }
const V6 = { address: '2001:db8::7', port: 1234 }

/** What each header says; sections are those of proxy-protocol.txt. */
const VALID: readonly [name: string, header: string, peer: object | null][] = [
  ['2.1: TCP4', 'PROXY TCP4 192.0.2.7 198.51.100.1 1234 443\r\n', V4],
  ['2.1: TCP6', 'PROXY TCP6 2001:db8::7 2001:db8::1 1234 443\r\n', V6],
  ['2.1: TCP6, not abbreviated', 'PROXY TCP6 2001:DB8:0:0:0:0:0:7 ::1 1234 443\r\n', V6],
  ['2.1: TCP6 of an IPv4 client', 'PROXY TCP6 ::ffff:192.0.2.7 ::1 1234 443\r\n', V4],
  ['2.1: ports 0 and 65535', 'PROXY TCP4 192.0.2.7 192.0.2.8 0 65535\r\n', { ...V4, port: 0 }],
  ['2.1: UNKNOWN', 'PROXY UNKNOWN\r\n', null],
  ['2.1: UNKNOWN with addresses', `PROXY UNKNOWN ${'f'.repeat(39)} ${'f'.repeat(39)} 65535\r\n`, null],
  ['2.1: the longest line', `PROXY UNKNOWN ${'f'.repeat(91)}\r\n`, null],
  ['2.2: TCP over IPv4', binaryHeader(0x21, 0x11, IPV4_ADDRESSES), V4],
  ['2.2: TCP over IPv6', binaryHeader(0x21, 0x21, IPV6_ADDRESSES), V6],
  ['2.2: unix stream', binaryHeader(0x21, 0x31, UNIX_ADDRESSES), { address: '', port: 0 }],
  ['2.2: UNSPEC', binaryHeader(0x21, 0x00, ''), null],
  ['2.2: UNSPEC with something', binaryHeader(0x21, 0x00, 'anything'), null],
  ['2.2: LOCAL', binaryHeader(0x20, 0x00, ''), null],
  ['2.2: LOCAL with a family, to be ignored', binaryHeader(0x20, 0x11, IPV4_ADDRESSES), null],
  ['2.2: LOCAL with a family that is none', binaryHeader(0x20, 0xff, 'x'), null],
  ['2.2: TLVs', binaryHeader(0x21, 0x11, IPV4_ADDRESSES + tlv(2, 'a.test') + tlv(4, '\0'.repeat(99))), V4],
  ['2.2: the longest', binaryHeader(0x21, 0x11, IPV4_ADDRESSES.padEnd(4_096, 'x')), V4],
]

const MALFORMED: readonly [name: string, header: string][] = [
  ['no header', 'GET / HTTP/1.1\r\n'],
  ['TLS', '\x16\x03\x01'],
  ['2.1: lower case', 'proxy TCP4 192.0.2.7 198.51.100.1 1234 443\r\n'],
  ['2.1: no family', 'PROXY \r\n'],
  ['2.1: UDP4', 'PROXY UDP4 192.0.2.7 198.51.100.1 1234 443\r\n'],
  ['2.1: a bare LF', 'PROXY TCP4 192.0.2.7 198.51.100.1 1234 443\n'],
  ['2.1: a bare CR', 'PROXY TCP4 192.0.2.7 198.51.100.1 1234 443\r\r\n'],
  ['2.1: two spaces', 'PROXY TCP4  192.0.2.7 198.51.100.1 1234 443\r\n'],
  ['2.1: a space at the end', 'PROXY TCP4 192.0.2.7 198.51.100.1 1234 443 \r\n'],
  ['2.1: a tab', 'PROXY TCP4\t192.0.2.7 198.51.100.1 1234 443\r\n'],
  ['2.1: a port too many', 'PROXY TCP4 192.0.2.7 198.51.100.1 1234 443 1\r\n'],
  ['2.1: a port too few', 'PROXY TCP4 192.0.2.7 198.51.100.1 1234\r\n'],
  ['2.1: port 65536', 'PROXY TCP4 192.0.2.7 198.51.100.1 65536 443\r\n'],
  ['2.1: a destination port of 65536', 'PROXY TCP4 192.0.2.7 198.51.100.1 1 65536\r\n'],
  ['2.1: a leading zero', 'PROXY TCP4 192.0.2.7 198.51.100.1 01234 443\r\n'],
  ['2.1: a signed port', 'PROXY TCP4 192.0.2.7 198.51.100.1 +1 443\r\n'],
  ['2.1: an octet of 256', 'PROXY TCP4 192.0.2.256 198.51.100.1 1234 443\r\n'],
  ['2.1: an octet with a leading zero', 'PROXY TCP4 192.0.2.07 198.51.100.1 1234 443\r\n'],
  ['2.1: a short address', 'PROXY TCP4 192.0.2 198.51.100.1 1234 443\r\n'],
  ['2.1: IPv6 in TCP4', 'PROXY TCP4 ::1 198.51.100.1 1234 443\r\n'],
  ['2.1: IPv4 in TCP6', 'PROXY TCP6 192.0.2.7 ::1 1234 443\r\n'],
  ['2.1: a zone', 'PROXY TCP6 fe80::1%eth0 ::1 1234 443\r\n'],
  ['2.1: a bad destination', 'PROXY TCP4 192.0.2.7 nowhere 1234 443\r\n'],
  ['2.1: UNKNOWN with a control character', 'PROXY UNKNOWN \x01\r\n'],
  ['2.1: UNKNOWNS', 'PROXY UNKNOWNS\r\n'],
  ['2.1: more than 107 bytes', `PROXY UNKNOWN ${'f'.repeat(92)}\r\n`],
  ['2.1: no end', `PROXY UNKNOWN ${'f'.repeat(200)}`],
  ['2.2: version 1', binaryHeader(0x11, 0x11, IPV4_ADDRESSES)],
  ['2.2: version 3', binaryHeader(0x31, 0x11, IPV4_ADDRESSES)],
  ['2.2: a command that is none', binaryHeader(0x22, 0x11, IPV4_ADDRESSES)],
  ['2.2: a family that is none', binaryHeader(0x21, 0x41, IPV4_ADDRESSES)],
  ['2.2: datagrams', binaryHeader(0x21, 0x12, IPV4_ADDRESSES)],
  ['2.2: IPv4 that is too short', binaryHeader(0x21, 0x11, IPV4_ADDRESSES.slice(1))],
  ['2.2: IPv6 that is too short', binaryHeader(0x21, 0x21, IPV6_ADDRESSES.slice(1))],
  ['2.2: unix that is too short', binaryHeader(0x21, 0x31, UNIX_ADDRESSES.slice(1))],
  ['2.2: longer than anybody needs', binaryHeader(0x21, 0x11, IPV4_ADDRESSES, 4_097)],
]

describe('A PROXY header', () => {
  test.each(VALID)('%s is read, and ends where it ends', (_name, header, peer) => {
    expect(parse(header)).toEqual({ length: header.length, peer })
    expect(parse(`${header}GET / HTTP/1.1\r\n`)).toEqual({ length: header.length, peer })
  })

  test.each(VALID)('%s is incomplete until its last byte', (_name, header) => {
    for (let length = 0; length < header.length; length++) {
      expect([length, parse(header.slice(0, length))]).toEqual([length, 'incomplete'])
    }
  })

  test.each(MALFORMED)(
    '%s is malformed, and is found out before it has ended or when it does',
    (_name, header) => {
      const verdicts = Array.from({ length: header.length + 1 }, (_, length) =>
        parse(header.slice(0, length)),
      )
      const first = verdicts.indexOf('malformed')
      expect(first).toBeGreaterThan(0)
      expect(new Set(verdicts.slice(0, first))).toEqual(new Set(['incomplete']))
      expect(new Set(verdicts.slice(first))).toEqual(new Set(['malformed']))
    },
  )

  const headers = [...VALID.map(([, header]) => header), ...MALFORMED.map(([, header]) => header)]

  /** A header in which some bytes were replaced, cut out or put in. */
  const mutated = fc
    .tuple(
      fc.constantFrom(...headers),
      fc.array(fc.tuple(fc.nat(60), fc.nat(2), fc.uint8Array({ maxLength: 3 })), { maxLength: 4 }),
    )
    .map(([header, changes]) => {
      let bytes = Buffer.from(header, 'latin1')
      for (const [at, cut, put] of changes) {
        bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)])
      }
      return bytes
    })

  test('says the same of the same bytes, however many of them have arrived', () => {
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        const whole = parseProxyHeader(bytes)
        let verdict: ReturnType<typeof parseProxyHeader> = 'incomplete'
        for (let length = 0; length <= bytes.length; length++) {
          const next = parseProxyHeader(bytes.subarray(0, length))
          // What is decided stays decided.
          if (verdict !== 'incomplete') expect(next).toEqual(verdict)
          verdict = next
        }
        expect(verdict).toEqual(whole)
        if (typeof whole === 'object') expect(whole.length).toBeLessThanOrEqual(Math.min(bytes.length, 4_112))
        if (whole === 'incomplete') expect(bytes.length).toBeLessThan(4_112)
      }),
      { numRuns: 500 },
    )
  })
})
