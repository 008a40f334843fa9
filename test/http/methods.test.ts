import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import {
  isSafeMethod,
  METHOD_CONNECT,
  METHOD_GET,
  METHOD_HEAD,
  METHOD_OPTIONS,
  METHOD_TRACE,
  methodName,
} from '../../src/http/methods.ts'

interface LlhttpConstants {
  readonly METHODS: Readonly<Record<string, number>>
  readonly METHODS_HTTP: readonly number[]
}

const { METHODS, METHODS_HTTP }: LlhttpConstants = createRequire(import.meta.url)(
  '../../node_modules/llhttp-wasm/out/constants.js',
)

test('every HTTP method of llhttp has the name llhttp gives it, every other number has none', () => {
  for (const [name, method] of Object.entries(METHODS)) {
    expect(methodName(method)).toBe(METHODS_HTTP.includes(method) ? name : '')
  }
  expect(methodName(-1)).toBe('')
  expect(methodName(Math.max(...Object.values(METHODS)) + 1)).toBe('')
})

test('the named constants carry their methods', () => {
  const named = [METHOD_GET, METHOD_HEAD, METHOD_CONNECT, METHOD_OPTIONS, METHOD_TRACE]
  expect(named.map(methodName)).toEqual(['GET', 'HEAD', 'CONNECT', 'OPTIONS', 'TRACE'])
})

test('RFC 9110, 9.2.1: GET, HEAD, OPTIONS and TRACE are safe and nothing else is', () => {
  const safe = Object.values(METHODS).filter(isSafeMethod).map(methodName)
  expect(safe.sort()).toEqual(['GET', 'HEAD', 'OPTIONS', 'TRACE'])
})
