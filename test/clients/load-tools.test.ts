import { describe, expect, test } from 'vitest'
import type { Handler } from '../../src/engine/server/engine.ts'
import { type CommandResult, isInstalled, runCommand } from './commands.ts'
import { serve } from './serve.ts'

const hello: Handler = (_req, res) => res.setHeader('Content-Type', 'text/plain').end('Hello, World!')

const helloLater: Handler = async (req, res) => {
  await new Promise(setImmediate)
  hello(req, res)
}

const numberAfter = (label: string, text: string): number =>
  Number(new RegExp(`${label}:?\\s+(\\d+)`).exec(text)?.[1] ?? Number.NaN)

describe.skipIf(!isInstalled('wrk'))('wrk', () => {
  test.each([
    ['a handler that answers at once', hello],
    ['a handler that answers later', helloLater],
  ])('runs for a second without an error against %s', async (_name, handler) => {
    const { engine, origin } = await serve(handler)
    const { code, stdout } = await runCommand('wrk', ['-t1', '-c32', '-d1s', origin])
    const report = stdout.toString()
    expect(code).toBe(0)
    // wrk prints these lines only when there is something to complain about.
    expect(report).not.toMatch(/Socket errors|Non-2xx/)
    expect(Number(/(\d+) requests in/.exec(report)?.[1])).toBeGreaterThan(1_000)
    const { responses, handlerErrors } = engine.stats()
    expect(responses).toMatchObject({ '4xx': 0, '5xx': 0 })
    expect(handlerErrors).toBe(0)
  })
})

describe.skipIf(!isInstalled('ab'))('ab', () => {
  const expectClean = ({ code, stdout, stderr }: CommandResult, requests: number): void => {
    const report = stdout.toString()
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(numberAfter('Complete requests', report)).toBe(requests)
    expect(numberAfter('Failed requests', report)).toBe(0)
    expect(report).not.toMatch(/Non-2xx responses|Write errors/)
  }

  test('-k keeps every HTTP/1.0 connection for all of its requests (RFC 9112, 9.3)', async () => {
    const { engine, origin } = await serve(hello, { maxRequestsPerConnection: 0 })
    const result = await runCommand('ab', ['-q', '-k', '-c', '16', '-n', '10000', `${origin}/`])
    expectClean(result, 10_000)
    expect(numberAfter('Keep-Alive requests', result.stdout.toString())).toBe(10_000)
    expect(engine.stats().connections.accepted).toBe(16)
  })

  test('-k counts the last request of each connection as not kept when connections are limited', async () => {
    const { engine, origin } = await serve(hello, { maxRequestsPerConnection: 100 })
    const result = await runCommand('ab', ['-q', '-k', '-c', '4', '-n', '4000', `${origin}/`])
    expectClean(result, 4_000)
    const { accepted, closed } = engine.stats().connections
    expect(numberAfter('Keep-Alive requests', result.stdout.toString())).toBe(4_000 - closed.requestLimit)
    expect(accepted).toBeGreaterThanOrEqual(40)
  })

  test('without -k gets one answer per connection and no error', async () => {
    const { engine, origin } = await serve(helloLater)
    const result = await runCommand('ab', ['-q', '-c', '16', '-n', '3000', `${origin}/`])
    expectClean(result, 3_000)
    // ab opens a few connections more than it needs.
    const { requests, connections } = engine.stats()
    expect(requests).toBeGreaterThanOrEqual(3_000)
    expect(connections.accepted).toBeGreaterThanOrEqual(requests)
  })
})
