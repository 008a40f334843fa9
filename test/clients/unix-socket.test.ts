import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { createEngine } from '../../src/engine/server/engine.ts'
import { isInstalled, runCommand } from './commands.ts'

const serveOnPath = async (): Promise<{ engine: ReturnType<typeof createEngine>; path: string }> => {
  const folder = mkdtempSync(join(tmpdir(), 'nova-http-'))
  const path = join(folder, 'server.sock')
  const engine = createEngine({}, async (req, res) => {
    res.end(`${req.method} [${await req.text()}] from [${req.remoteAddress}]:${req.remotePort}`)
  })
  onTestFinished(async () => {
    await engine.drain({ graceMs: 0 })
    rmSync(folder, { recursive: true })
  })
  expect(await engine.listen({ path })).toEqual({ port: 0, address: path })
  return { engine, path }
}

const post = (socketPath: string, body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const client = request({ socketPath, method: 'POST' }, (response) => resolve(text(response)))
    client.on('error', reject)
    client.end(body)
  })

test('a unix socket is served like a port, and is gone after the drain', async () => {
  const { engine, path } = await serveOnPath()
  expect(await post(path, 'over a path')).toBe('POST [over a path] from []:0')
  await engine.drain({ graceMs: 0 })
  expect(existsSync(path)).toBe(false)
})

test.skipIf(!isInstalled('curl'))('curl reuses a connection to a unix socket', async () => {
  const { engine, path } = await serveOnPath()
  const { code, stdout, stderr } = await runCommand('curl', [
    ...['-sS', '-v', '--max-time', '10', '--unix-socket', path],
    ...['http://localhost/1', 'http://localhost/2'],
  ])
  expect(code).toBe(0)
  expect(stdout.toString()).toBe('GET [] from []:0'.repeat(2))
  expect(stderr).toMatch(/Re-using existing/)
  expect(engine.stats().connections.accepted).toBe(1)
})
