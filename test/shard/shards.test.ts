import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ShardOptions } from '../../src/shard.ts'
import { KeepAliveClients } from './keep-alive-clients.ts'
import { ask, nextEvent, startApp, startShards } from './serving.ts'

/** A module of its own, which the test may change. */
const writable = (text: string): { app: string; rewrite: (text: string) => void } => {
  const folder = mkdtempSync(join(tmpdir(), 'nova-http-app-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const app = join(folder, 'app.mjs')
  const rewrite = (changed: string): void => writeFileSync(app, changed)
  rewrite(text)
  return { app, rewrite }
}

const answering = (body: string): string => `export const handler = (req, res) => res.end('${body}')`

describe('createShards()', () => {
  test('serves one module from several threads on one port, and counts without asking them', async () => {
    const shards = await startApp('handler.mjs')
    expect(shards.isReady).toBe(true)
    const threads = new Set<string>()
    while (threads.size < 2) threads.add(await ask(shards))
    await expect.poll(() => shards.stats().total.requests).toBeGreaterThanOrEqual(2)
    const { total, shards: each } = shards.stats()
    expect(each.map(({ shard, state }) => [shard, state])).toEqual([
      [0, 'serving'],
      [1, 'serving'],
    ])
    const counted = each.map(({ stats }) => stats.requests)
    expect(Math.min(...counted)).toBeGreaterThan(0)
    expect(counted.reduce((sum, requests) => sum + requests)).toBe(total.requests)
    expect(total.responses['2xx']).toBe(total.requests)
  })

  test('rejects with what the module throws, with its code', async () => {
    const { app } = writable(`throw Object.assign(new Error('no database'), { code: 'NO_DATABASE' })`)
    await expect(startShards({ app })).rejects.toMatchObject({ message: 'no database', code: 'NO_DATABASE' })
  })

  test('gives up on a module that does not load in time', async () => {
    const { app } = writable('await new Promise((resolve) => setTimeout(resolve, 60_000))')
    await expect(startShards({ app, shards: 1, startTimeoutMs: 200 })).rejects.toThrow('within 200 ms')
  })

  test('rejects with EADDRINUSE when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    await expect(startApp('handler.mjs', { port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  test('a port with shards is taken, too', async () => {
    const { address } = await startApp('handler.mjs', { shards: 1 })
    const second = startApp('handler.mjs', { port: address.port })
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  test.each([
    [{ shards: 0.5 }, 'shards'],
    [{ port: 70_000 }, 'port'],
    [{ restartDelayMs: 0 }, 'restartDelayMs'],
    [{ app: '' }, 'app'],
    [{ threads: 2 }, 'threads'],
    [{ engine: { idleTimeoutMs: -1 } }, 'idleTimeoutMs'],
    [{ engine: { onError: () => {} } }, 'onError'],
    [{ engine: { proxyProtocol: { trusted: ['10.0.0.0/99'] } } }, '10.0.0.0/99'],
    [{ path: '/tmp/http.sock' }, 'unix sockets'],
  ])('refuses %j', async (options, name) => {
    await expect(startApp('handler.mjs', options as Partial<ShardOptions>)).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining(name),
    })
  })
})

describe('a shard that fails', () => {
  test.each([['/throw-later', 'thrown later']])(
    'by %s takes only its own requests with it, and starts again',
    async (path, message) => {
      const shards = await startApp('handler.mjs')
      const { port } = shards.address
      const clients = new KeepAliveClients({ port, clients: 40, pauseMs: 20, reconnects: true })
      await clients.warm()
      const crashed = nextEvent(shards, 'crash')
      const restarted = nextEvent(shards, 'restart')
      const died = await ask(shards, path).catch(({ code }) => code)
      expect(died).toBe('ECONNRESET')
      const { shard, error } = await crashed
      expect(String(error)).toContain(message)
      expect(await restarted).toEqual({ shard })
      await clients.stop()
      const threads = new Set(clients.counts.failures.map((failure) => failure.split('answered by ')[1]))
      threads.delete('nobody yet')
      expect(threads.size).toBeLessThanOrEqual(1)
      expect(clients.counts.failures.length).toBeLessThanOrEqual(40)
      expect(shards.stats().shards.map(({ state, restarts }) => [state, restarts])).toEqual(
        [0, 1].map((index) => ['serving', index === shard ? 1 : 0]),
      )
      expect(shards.isReady).toBe(true)
    },
  )

  test('by blocking for longer than replaceAfterMs is replaced', async () => {
    const shards = await startApp('handler.mjs', { shards: 1, replaceAfterMs: 300 })
    const crashed = nextEvent(shards, 'crash')
    const restarted = nextEvent(shards, 'restart')
    await expect(ask(shards, '/block')).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(String((await crashed).error)).toMatch(/stood still for \d+ ms/)
    await restarted
    expect(await ask(shards)).toMatch(/^\d+$/)
  })
})

describe('reload()', () => {
  test('serves the new module, and loses no request of 60 clients that keep asking', async () => {
    const { app, rewrite } = writable(answering('old'))
    const shards = await startShards({ app })
    const { port } = shards.address
    const clients = new KeepAliveClients({ port, clients: 60, pauseMs: 100, reconnects: true })
    await clients.warm()
    rewrite(answering('new'))
    const report = await shards.reload({ idleGraceMs: 300 })
    await clients.stop()
    expect(clients.counts.failures).toEqual([])
    expect(report.finished).toBeGreaterThanOrEqual(60)
    expect(report.aborted).toBe(0)
    expect(await ask(shards)).toBe('new')
  })

  test('that fails leaves the old threads serving, and rejects with what the module threw', async () => {
    const { app, rewrite } = writable(answering('old'))
    const shards = await startShards({ app })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    await ask(shards, '/', agent)
    rewrite('throw new Error("broken")')
    await expect(shards.reload()).rejects.toThrow('broken')
    expect(await ask(shards, '/', agent)).toBe('old')
    rewrite(answering('repaired'))
    await shards.reload({ idleGraceMs: 50 })
    expect(await ask(shards)).toBe('repaired')
  })
})

describe('drain()', () => {
  test('answers all of 60 clients that keep asking, resets none, and counts', async () => {
    const shards = await startApp('handler.mjs')
    const { port } = shards.address
    const clients = new KeepAliveClients({ port, clients: 60, pauseMs: 100, reconnects: false })
    await clients.warm()
    const drained = shards.drain()
    expect(shards.isReady).toBe(false)
    await clients.ended
    expect(clients.counts).toMatchObject({ lastAnswers: 60, endedIdle: 0, failures: [] })
    expect(await drained).toMatchObject({ idleClosed: 0, aborted: 0 })
    expect((await drained).finished).toBeGreaterThanOrEqual(60)
    expect(shards.stats().shards.map(({ state }) => state)).toEqual(['ended', 'ended'])
    await expect(shards.reload()).rejects.toMatchObject({ code: 'SHARDS_DRAINED' })
  })
})
