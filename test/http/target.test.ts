import { expect, test } from 'vitest'
import { METHOD_CONNECT, METHOD_GET, METHOD_OPTIONS } from '../../src/http/methods.ts'
import {
  classifyTarget,
  pathEnd,
  TARGET_ABSOLUTE,
  TARGET_ASTERISK,
  TARGET_AUTHORITY,
  TARGET_INVALID,
  TARGET_ORIGIN,
} from '../../src/http/target.ts'

/** Classifies the target inside a longer buffer: what stands around it must not matter. */
const classify = (target: string, method: number, after = ':1/#'): number => {
  const bytes = Buffer.from(`/#${target}${after}`, 'latin1')
  return classifyTarget(bytes, 2, bytes.length - after.length, method)
}

test.each(['/', '/a', '//a', '/a?b', '/a/*', '/?', '/%zz', '/a:b@c', '/a|b"<>\\^`{}[]'])(
  'RFC 9112, 3.2.1: %j is origin-form with any method but CONNECT',
  (target) => {
    expect(classify(target, METHOD_GET)).toBe(TARGET_ORIGIN)
    expect(classify(target, METHOD_OPTIONS)).toBe(TARGET_ORIGIN)
    expect(classify(target, METHOD_CONNECT)).toBe(TARGET_INVALID)
  },
)

test.each([
  'http://a',
  'http://a/',
  'HTTP://a:80/b?c',
  'https://[::1]:443?x',
  'hTTps://a',
  'ftp://a/b',
  'ftp://u@a/',
  'file:///a',
  'x+y-1.z://anything',
])('RFC 9112, 3.2.2: %j is absolute-form', (target) => {
  expect(classify(target, METHOD_GET)).toBe(TARGET_ABSOLUTE)
  expect(classify(target, METHOD_OPTIONS)).toBe(TARGET_ABSOLUTE)
  expect(classify(target, METHOD_CONNECT)).toBe(TARGET_INVALID)
})

test.each([
  'http://',
  'https:///a',
  'http://?a',
  'http://:80/',
  'http://u@a/',
  'http://u:p@a',
  'http://a:x/',
  'http://a b',
])('RFC 9110, 4.2: %j has no acceptable authority', (target) => {
  expect(classify(target, METHOD_GET)).toBe(TARGET_INVALID)
})

test.each([
  '',
  'a',
  'a/b',
  '?a',
  'host:80',
  'http:',
  'http:/',
  'http:/a',
  'urn:a:b',
  '1a://b',
  '://a',
  'a_b://c',
  '**',
  '.',
])('RFC 9112, 3.2: %j has none of the four forms', (target) => {
  expect(classify(target, METHOD_GET)).toBe(TARGET_INVALID)
  expect(classify(target, METHOD_OPTIONS)).toBe(TARGET_INVALID)
})

test.each(['a:1', 'example.com:443', '[::1]:443', '127.0.0.1:80'])(
  'RFC 9112, 3.2.3: %j is authority-form with CONNECT only',
  (target) => {
    expect(classify(target, METHOD_CONNECT)).toBe(TARGET_AUTHORITY)
    expect(classify(target, METHOD_GET)).toBe(TARGET_INVALID)
  },
)

test.each(['', 'a', 'a:', ':1', 'a:65536', 'u@a:1', 'a:1/', '*', '[::1]'])(
  'RFC 9112, 3.2.3: CONNECT refuses %j',
  (target) => {
    expect(classify(target, METHOD_CONNECT)).toBe(TARGET_INVALID)
  },
)

test('RFC 9112, 3.2.2: the slashes of an absolute-form do not come from behind the target', () => {
  expect(classify('ftp:', METHOD_GET, '//a')).toBe(TARGET_INVALID)
  expect(classify('ftp:/', METHOD_GET, '/a')).toBe(TARGET_INVALID)
})

test('RFC 9112, 3.2.4: the asterisk goes with OPTIONS only', () => {
  expect(classify('*', METHOD_OPTIONS)).toBe(TARGET_ASTERISK)
  expect(classify('*', METHOD_GET)).toBe(TARGET_INVALID)
})

test('RFC 9112, 3.2: a fragment, a space, a control or a byte beyond ASCII makes any target invalid', () => {
  for (let byte = 0; byte < 256; byte++) {
    const isAllowed = byte > 0x20 && byte < 0x7f && byte !== 0x23
    const target = `/a${String.fromCharCode(byte)}b`
    expect(classify(target, METHOD_GET), `byte ${byte}`).toBe(isAllowed ? TARGET_ORIGIN : TARGET_INVALID)
  }
})

test('RFC 3986, 3.4: the query begins at the first question mark', () => {
  const lengthOf = (target: string): number => {
    const bytes = Buffer.from(`?${target}?`, 'latin1')
    return pathEnd(bytes, 1, bytes.length - 1) - 1
  }
  expect(lengthOf('/a?b?c')).toBe(2)
  expect(lengthOf('/a')).toBe(2)
  expect(lengthOf('/?')).toBe(1)
  expect(lengthOf('')).toBe(0)
})
