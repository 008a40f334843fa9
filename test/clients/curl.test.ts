import { describe, expect, test } from 'vitest'
import type { Handler } from '../../src/engine/server/engine.ts'
import { type CommandResult, isInstalled, runCommand } from './commands.ts'
import { serve } from './serve.ts'

const hello: Handler = (_req, res) => res.setHeader('Content-Type', 'text/plain').end('Hello, World!')

const echo: Handler = async (req, res) => res.end(await req.bytes())

const curl = (...args: string[]): Promise<CommandResult> =>
  runCommand('curl', ['-sS', '--max-time', '10', ...args])

const curlWith = (input: Uint8Array, ...args: string[]): Promise<CommandResult> =>
  runCommand('curl', ['-sS', '--max-time', '10', ...args], { input })

/** Bytes in which every position can be told from its neighbours. */
const patterned = (bytes: number): Buffer => {
  const pattern = Buffer.alloc(bytes)
  for (let i = 0; i + 4 <= bytes; i += 4) pattern.writeUInt32LE(i, i)
  return pattern
}

describe.skipIf(!isInstalled('curl'))('curl', () => {
  test('uses one connection for two URLs (RFC 9112, 9.3)', async () => {
    const { engine, origin } = await serve(hello)
    const { code, stdout, stderr } = await curl('-v', `${origin}/1`, `${origin}/2`)
    expect(code).toBe(0)
    expect(stdout.toString()).toBe('Hello, World!'.repeat(2))
    expect(stderr).toMatch(/Re-using existing/)
    expect(stderr).toMatch(/Connection #0 to host 127\.0\.0\.1 left intact/)
    expect(engine.stats().connections.accepted).toBe(1)
  })

  test('gets an HTTP/1.0 answer that closes the connection (RFC 9112, 9.3)', async () => {
    const { engine, origin } = await serve(hello)
    const { code, stdout, stderr } = await curl('-0', '-v', `${origin}/1`, `${origin}/2`)
    expect(code).toBe(0)
    expect(stdout.toString()).toBe('Hello, World!'.repeat(2))
    expect(stderr).toMatch(/< Connection: close/)
    expect(stderr).not.toMatch(/Re-using existing/)
    expect(engine.stats().connections.accepted).toBe(2)
  })

  test('keeps an HTTP/1.0 connection that it asked to keep (RFC 9112, 9.3)', async () => {
    const { engine, origin } = await serve(hello)
    const { code, stdout, stderr } = await curl(
      ...['-0', '-v', '-H', 'Connection: keep-alive'],
      ...[`${origin}/1`, `${origin}/2`],
    )
    expect(code).toBe(0)
    expect(stdout.toString()).toBe('Hello, World!'.repeat(2))
    expect(stderr).toMatch(/< Connection: keep-alive/)
    expect(stderr).toMatch(/Re-using existing/)
    expect(engine.stats().connections.accepted).toBe(1)
  })

  test('reads a streamed answer to HTTP/1.0 until the connection ends (RFC 9112, 6.3)', async () => {
    const { origin } = await serve(async (_req, res) => {
      res.write('first ')
      await new Promise(setImmediate)
      res.end('second')
    })
    const { code, stdout } = await curl('-0', '-i', '-H', 'Connection: keep-alive', origin)
    expect(code).toBe(0)
    expect(stdout.toString()).toMatch(/\r\nConnection: close\r\n\r\nfirst second$/)
    expect(stdout.toString()).not.toMatch(/Transfer-Encoding|Content-Length/)
  })

  test('gets a status line even when it would accept an HTTP/0.9 answer', async () => {
    const { origin } = await serve(hello)
    const { code, stdout } = await curl('--http0.9', '-i', origin)
    expect(code).toBe(0)
    expect(stdout.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })

  test('uploads a body with its length', async () => {
    const { origin } = await serve(echo)
    const body = patterned(300_000)
    const { code, stdout } = await curlWith(body, '--data-binary', '@-', '-H', 'Expect:', origin)
    expect(code).toBe(0)
    expect(stdout.equals(body)).toBe(true)
  })

  test('uploads a form', async () => {
    const { origin } = await serve(async (req, res) => {
      const form = new URLSearchParams(await req.text())
      res.end(`${req.headers.get('content-type')} ${form.get('name')} ${form.get('city')}`)
    })
    const { stdout } = await curl('-d', 'name=Ada', '--data-urlencode', 'city=São Paulo', origin)
    expect(stdout.toString()).toBe('application/x-www-form-urlencoded Ada São Paulo')
  })

  test.each([
    ['-T', '-'],
    ['--data-binary', '@-', '-H', 'Transfer-Encoding: chunked'],
  ])('uploads in chunks with %s %s', async (...upload) => {
    const { origin } = await serve(async (req, res) => {
      expect(req.headers.get('transfer-encoding')).toBe('chunked')
      expect(req.headers.has('content-length')).toBe(false)
      await echo(req, res)
    })
    const body = patterned(300_000)
    const { code, stdout } = await curlWith(body, ...upload, '-H', 'Expect:', origin)
    expect(code).toBe(0)
    expect(stdout.equals(body)).toBe(true)
  })

  test('gets the head alone for HEAD, with the length of GET (RFC 9110, 9.3.2)', async () => {
    const { engine, origin } = await serve(hello)
    const { code, stdout, stderr } = await curl('-I', '-v', `${origin}/1`, `${origin}/2`)
    expect(code).toBe(0)
    expect(stdout.toString().match(/Content-Length: 13/g)).toHaveLength(2)
    expect(stdout.toString()).not.toMatch(/Hello/)
    expect(stderr).toMatch(/Re-using existing/)
    expect(engine.stats().connections.accepted).toBe(1)
  })

  test('delivers a body it announced with Expect: 100-continue (RFC 9110, 10.1.1)', async () => {
    const { origin } = await serve(echo)
    const body = patterned(2_000_000)
    const { code, stdout } = await curlWith(
      body,
      ...['--data-binary', '@-', '-H', 'Expect: 100-continue', '--expect100-timeout', '0.2', origin],
    )
    expect(code).toBe(0)
    expect(stdout.equals(body)).toBe(true)
  })

  test('reads a big streamed body slowly and completely', async () => {
    const body = patterned(12 * 1_048_576)
    let waits = 0
    const { origin } = await serve(async (_req, res) => {
      res.setHeader('Content-Length', body.length)
      for (let at = 0; at < body.length; at += 65_536) {
        if (res.write(body.subarray(at, at + 65_536))) continue
        waits++
        await res.drained()
      }
      res.end()
    })
    const { code, stdout } = await curl('--limit-rate', '16M', origin)
    expect(code).toBe(0)
    expect(stdout.equals(body)).toBe(true)
    expect(waits).toBeGreaterThan(0)
  })

  test('reads an answer that arrives whole and is larger than any buffer', async () => {
    const body = patterned(12 * 1_048_576)
    const { origin } = await serve((_req, res) => res.end(body))
    const { code, stdout } = await curl('--limit-rate', '24M', origin)
    expect(code).toBe(0)
    expect(stdout.equals(body)).toBe(true)
  })
})
