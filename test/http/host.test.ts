import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isValidHost } from '../../src/http/host.ts'

/** Judges the host inside a longer buffer whose neighbours would make every answer wrong. */
const isValid = (host: string, before = '[:', after = ':@'): boolean => {
  const bytes = Buffer.from(before + host + after, 'latin1')
  return isValidHost(bytes, before.length, bytes.length - after.length)
}

const VALID = [
  '',
  'a',
  'example.com',
  'EXAMPLE.com.',
  'example.com:80',
  'example.com:',
  'example.com:65535',
  'example.com:000080',
  'under_score.test',
  "a!$&'()*+,;=~b",
  '%41bc%2e',
  '127.0.0.1',
  '127.0.0.1:8080',
  '999.1.1.1',
  '[::1]',
  '[::]:80',
  '[2001:db8::8:800:200C:417A]:443',
  '[1:2:3:4:5:6:7:8]',
  '[1:2:3:4:5:6:7::]',
  '[::ffff:192.0.2.1]',
  '[64:ff9b::192.0.2.33]:8080',
  '[fe80::1%25eth0]',
  '[fe80::1%25a%2Fb]:80',
  '[v1.fe:80+x]',
  '[VF.a]:1',
]

const INVALID = [
  ':',
  ':80',
  ' example.com',
  'example.com ',
  'exa mple',
  'a\tb',
  'user@example.com',
  'user:pass@example.com',
  'example.com/',
  'example.com?x',
  'example.com#x',
  'a\\b',
  'a"b',
  'a<b',
  '%4',
  '%4g',
  '%',
  'b\xfccher.test',
  'a\0b',
  'a:b',
  'a:80:80',
  'a:-1',
  'a:65536',
  'a:99999999999999999999',
  '[::1',
  '::1',
  '[]',
  '[]:80',
  '[::1]80',
  '[::1]a',
  '[:1]',
  '[1:]',
  '[1:2:3:4:5:6:7]',
  '[1:2:3:4:5:6:7:8:9]',
  '[1::2::3]',
  '[:::]',
  '[1:2:3:4:5:6:7:8::]',
  '[12345::]',
  '[g::]',
  '[::1.2.3]',
  '[::1.2.3.4.5]',
  '[::1.2.3.256]',
  '[::1.2.3.04]',
  '[::1.2.3.4:5]',
  '[1.2.3.4]',
  '[example.com]',
  '[fe80::1%eth0]',
  '[fe80::1%25]',
  '[fe80::1%25a%2]',
  '[v.a]',
  '[v1.]',
  '[v1a]',
  '[v1.a/b]',
  'a[::1]',
]

test.each(VALID)('RFC 9110, 7.2: %j is a Host', (host) => {
  expect(isValid(host)).toBe(true)
})

test.each(INVALID)('RFC 9110, 7.2: %j is not a Host', (host) => {
  expect(isValid(host)).toBe(false)
})

test('RFC 3986, 2.1: a percent escape does not reach over the end of the value', () => {
  expect(isValid('a%4', '', '1:')).toBe(false)
  expect(isValid('a%', '', '41:')).toBe(false)
  expect(isValid('a%41', '', '')).toBe(true)
})

test('RFC 3986, 3.2.2: a bracketed address is valid exactly when Node takes it for IPv6', () => {
  const part = fc.constantFrom(':', '::', '0', '1f', 'FFFF', 'abc', '12345', '1.2.3.4', '255.0', '.', 'g')
  const text = fc.oneof(
    fc.ipV6(),
    fc.array(part, { maxLength: 17 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, (address) => {
      expect(isValid(`[${address}]`)).toBe(isIPv6(address))
    }),
    { numRuns: 3_000 },
  )
})

test('RFC 3986, 3.2.2: groups joined with colons and at most one gap agree with Node', () => {
  const group = fc.constantFrom('', '0', 'a1', 'ffff')
  fc.assert(
    fc.property(fc.array(group, { minLength: 1, maxLength: 10 }), (groups) => {
      expect(isValid(`[${groups.join(':')}]`)).toBe(isIPv6(groups.join(':')))
    }),
    { numRuns: 3_000 },
  )
})
