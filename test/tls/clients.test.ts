import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { Client } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createEngine, type Engine } from '../../src/engine/server/engine.ts'
import { isInstalled, runCommand } from '../clients/commands.ts'
import { canMakeCertificates, certificate } from './certificates.ts'

const serve = async (): Promise<{ engine: Engine; port: number; origin: string }> => {
  const engine = createEngine({ tls: certificate('localhost') }, async (req, res) => {
    res.end(`${req.method} ${req.target} ${await req.text()}`)
  })
  onTestFinished(async () => {
    await engine.drain({ graceMs: 0 })
  })
  const { port } = await engine.listen({ host: '127.0.0.1' })
  return { engine, port, origin: `https://127.0.0.1:${port}` }
}

describe.skipIf(!canMakeCertificates)('Over TLS', () => {
  test.skipIf(!isInstalled('curl'))('curl uses one connection for two URLs', async () => {
    const { engine, origin } = await serve()
    const { code, stdout, stderr } = await runCommand('curl', [
      ...['-ksSv', '--max-time', '10', '--data-binary', 'x'.repeat(100_000), '-H', 'Expect:'],
      ...[`${origin}/1`, `${origin}/2`],
    ])
    expect(code).toBe(0)
    expect(stdout.toString()).toBe(`POST /1 ${'x'.repeat(100_000)}POST /2 ${'x'.repeat(100_000)}`)
    expect(stderr).toMatch(/ALPN: server accepted http\/1\.1/)
    expect(engine.stats()).toMatchObject({ handshakes: 1, requests: 2 })
  })

  test('openssl s_client sends a request by hand', async () => {
    const { port } = await serve()
    const { stdout } = await runCommand(
      'openssl',
      ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'localhost', '-quiet', '-ign_eof'],
      { input: 'GET /hand HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' },
    )
    expect(stdout.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nGET \/hand $/s)
  })

  test('openssl s_client that speaks h2 alone is told so (RFC 7301, 3.2)', async () => {
    const { port } = await serve()
    const { code, stderr } = await runCommand('openssl', [
      ...['s_client', '-connect', `127.0.0.1:${port}`, '-alpn', 'h2', '-brief'],
    ])
    expect(code).not.toBe(0)
    expect(stderr).toMatch(/no application protocol/)
  })

  test('undici sends requests behind each other on one connection', async () => {
    const { engine, origin } = await serve()
    const client = new Client(origin, { connect: { rejectUnauthorized: false }, pipelining: 10 })
    const bodies = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const { body } = await client.request({ path: `/${i}`, method: 'GET' })
        return body.text()
      }),
    )
    await client.close()
    expect(bodies).toEqual(Array.from({ length: 20 }, (_, i) => `GET /${i} `))
    expect(engine.stats().handshakes).toBe(1)
  })

  test('an agent of node:https keeps its connection', async () => {
    const { engine, port } = await serve()
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false })
    for (const path of ['/1', '/2', '/3']) {
      const [response] = await once(request({ port, host: '127.0.0.1', path, agent }).end(), 'response')
      expect(await text(response)).toBe(`GET ${path} `)
    }
    agent.destroy()
    expect(engine.stats()).toMatchObject({ handshakes: 1, requests: 3 })
  })
})
