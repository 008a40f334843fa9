import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { metricsAddress } from '../../src/cli/metrics-address.ts'
import { METRICS_CONTENT_TYPE } from '../../src/metrics/open-metrics.ts'
import { parseExposition, seriesValue } from '../observability/exposition.ts'
import { ROOT } from '../package/packed.ts'
import { Program } from '../package/program.ts'

const CLI = join(ROOT, 'dist/cli.js')

/** Answers at once, or never. */
const app = (body: string): string =>
  `export const handler = (req, res) => (req.path === '/never' ? undefined : res.end('${body}'))`

const start = async (...args: string[]) => {
  const folder = mkdtempSync(join(tmpdir(), 'nova-http-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'app.mjs')
  writeFileSync(file, app('old'))
  const nova = new Program(CLI, {}, ['serve', file, '--port', '0', '--host', '127.0.0.1', ...args])
  const line = await nova.line()
  const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? line
  return { nova, origin, rewrite: (text: string) => writeFileSync(file, text) }
}

const ask = async (url: string): Promise<string> =>
  (await fetch(url, { headers: { connection: 'close' } })).text()

test('SIGHUP loads the module again, SIGTERM drains and exits with 0', async () => {
  const { nova, origin, rewrite } = await start()
  expect(await ask(origin)).toBe('old')
  rewrite('throw new Error("broken")')
  nova.signal('SIGHUP')
  await expect.poll(() => nova.errors).toMatch(/^Not reloaded, the old threads go on\. Error: broken/)
  rewrite(app('new'))
  nova.signal('SIGHUP')
  expect(await nova.line()).toMatch(/^Reloaded; the old threads drained in \d+ ms/)
  expect(await ask(origin)).toBe('new')
  nova.signal('SIGTERM')
  expect(await nova.line()).toBe('Draining; a second signal ends it at once.')
  expect(await nova.line()).toMatch(/^Drained in \d+ ms: 0 finished, 0 idle closed, 0 aborted\.$/)
  expect(await nova.exitCode).toBe(0)
})

test('a second signal ends it at once, with an exit code that says so', async () => {
  const { nova, origin } = await start()
  const unanswered = expect(ask(`${origin}/never`)).rejects.toThrow()
  await ask(origin)
  nova.signal('SIGINT')
  await nova.line()
  nova.signal('SIGINT')
  expect(await nova.exitCode).toBe(5)
  await unanswered
})

test('requests that are unanswered at the deadline are counted, and the exit code says so', async () => {
  const { nova, origin } = await start('--grace', '200ms')
  const unanswered = expect(ask(`${origin}/never`)).rejects.toThrow()
  await ask(origin)
  nova.signal('SIGTERM')
  await unanswered
  await nova.line()
  expect(await nova.line()).toMatch(/1 aborted\.$/)
  expect(await nova.exitCode).toBe(5)
  expect(nova.errors).toBe('1 requests were not answered.\n')
})

test.each([
  [
    'a module that is not there',
    ['serve', 'nowhere.mjs', '--port', '0'],
    3,
    'nowhere.mjs could not be loaded.',
  ],
  ['an address that this machine has not', ['serve', 'x.mjs', '--host', '192.0.2.1'], 4, 'EADDRNOTAVAIL'],
])('%s has an exit code of its own', async (_name, args, code, message) => {
  const nova = new Program(CLI, {}, args)
  expect(await nova.exitCode).toBe(code)
  expect(nova.errors).toContain(message)
})

describe('--metrics', () => {
  test('has what all shards count, on a port of its own, until they are drained', async () => {
    const { nova, origin } = await start('--shards', '2', '--metrics', '0', '--grace', '1s')
    const url = /http:\/\/127\.0\.0\.1:\d+\/metrics$/.exec(await nova.line())?.[0] ?? ''
    for (let i = 0; i < 4; i++) await ask(origin)
    const scrape = async () => parseExposition(await (await fetch(url)).text())
    await expect.poll(async () => seriesValue(await scrape(), 'nova_http_requests_total')).toBe(4)
    const shares = (await scrape()).get('nova_http_shard_requests')?.samples ?? []
    expect(shares.map(({ labels }) => labels['shard'])).toEqual(['0', '1'])
    expect(shares.reduce((sum, { value }) => sum + value, 0)).toBe(4)
    expect((await fetch(url)).headers.get('content-type')).toBe(METRICS_CONTENT_TYPE)
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
    expect((await fetch(new URL('/', url))).status).toBe(404)
    expect((await fetch(`${origin}/metrics`)).headers.get('content-type')).not.toBe(METRICS_CONTENT_TYPE)
    const unanswered = expect(ask(`${origin}/never`)).rejects.toThrow()
    await expect.poll(async () => seriesValue(await scrape(), 'nova_http_requests_in_flight')).toBe(1)
    nova.signal('SIGTERM')
    await nova.line()
    expect(seriesValue(await scrape(), 'nova_http_shard_serving', { shard: '0' })).toBe(0)
    await unanswered
    expect(await nova.exitCode).toBe(5)
  })

  test('on a port that is taken ends it, with nothing left running', async () => {
    const { origin } = await start()
    const { port } = new URL(origin)
    const file = fileURLToPath(new URL('../shard/apps/handler.mjs', import.meta.url))
    const nova = new Program(CLI, {}, ['serve', file, '--port', '0', '--metrics', port])
    expect(await nova.exitCode).toBe(4)
    expect(nova.errors).toContain('EADDRINUSE')
  })
})

test.each([
  ['9464', { host: '127.0.0.1', port: 9_464 }],
  ['10.0.0.5:80', { host: '10.0.0.5', port: 80 }],
  ['[::1]:9464', { host: '::1', port: 9_464 }],
  ['metrics.internal:1', { host: 'metrics.internal', port: 1 }],
  ['::1', null],
  ['localhost', null],
  [':80', null],
  ['1.2.3.4:65536', null],
  ['http://a:1', null],
])('an address of metrics: %s', (text, address) => {
  if (address === null) expect(() => metricsAddress(text)).toThrow('It must be a port')
  else expect(metricsAddress(text)).toEqual(address)
})
