import { Client } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Engine } from '../../src/engine/server/engine.ts'
import { ManualClock } from '../../src/engine/time/manual-clock.ts'
import { edited, fileOnPage } from './deployment-page.ts'
import { freePort, HAProxy, hasHAProxy } from './haproxy.ts'
import { HoldingLink } from './holding-link.ts'

const IDLE_TIMEOUT_MS = 5_000
/** A deadline fires up to a tick late. */
const SLACK_MS = 200

/** An engine whose clock stands still, a line, and the HAProxy of the page with one server. */
const serve = async (edits: Readonly<Record<string, string>>) => {
  const clock = new ManualClock()
  const handled: string[] = []
  const engine = new Engine(
    { idleTimeoutMs: IDLE_TIMEOUT_MS },
    (req, res) => {
      handled.push(`${req.method} ${req.path}`)
      if (req.path === '/dies') res.destroy()
      else res.end('handled')
    },
    clock,
  )
  onTestFinished(async () => {
    await engine.drain({ graceMs: 0 })
  })
  const { port } = await engine.listen({ host: '127.0.0.1' })
  const link = await HoldingLink.to(port)
  const front = await freePort()
  const config = edited(fileOnPage('haproxy.cfg'), {
    'bind :80': `bind 127.0.0.1:${front}`,
    '10.0.0.11:3000': `127.0.0.1:${link.port}`,
    '    server app2 10.0.0.12:3000\n': '',
    // No checks: their connections would be counted as well.
    'default-server check inter 1s fastinter 500ms fall 2 rise 2': 'default-server',
    ...edits,
  })
  const proxy = await HAProxy.start(config)
  const newClient = (): Client => {
    const client = new Client(`http://127.0.0.1:${front}`)
    onTestFinished(() => client.destroy())
    return client
  }
  return { engine, clock, link, proxy, handled, newClient }
}

const post = async (client: Client, path: string): Promise<number> => {
  const { statusCode, body } = await client.request({ path, method: 'POST', body: 'once' })
  await body.text()
  return statusCode
}

describe.skipIf(!hasHAProxy)('A connection in the pool of HAProxy', () => {
  test.each([
    ['to a new client 502', 'http-reuse always', 'new', 502, [' SH-- ']],
    // It is left to the client to ask again, and nobody else hears of it.
    [
      'to one that has asked before the end of its connection',
      'http-reuse safe',
      'old',
      'UND_ERR_SOCKET',
      [],
    ],
  ] as const)(
    'that the engine closes while HAProxy sends on it costs a request: %s (RFC 9112, 9.5)',
    async (_name, reuse, who, outcome, logged) => {
      const { engine, clock, link, proxy, handled, newClient } = await serve({ 'http-reuse safe': reuse })
      const first = newClient()
      // HAProxy does not share a connection of which it knows nothing yet.
      for (const path of ['/1', '/2']) expect(await post(first, path)).toBe(200)
      const { sends } = link
      link.hold()
      clock.advance(IDLE_TIMEOUT_MS + SLACK_MS)
      await expect.poll(() => link.ends).toBe(1)
      const second = post(who === 'new' ? newClient() : first, '/lost').catch(({ code }) => code)
      await expect.poll(() => link.sends).toBeGreaterThan(sends)
      link.release()
      expect(await second).toBe(outcome)
      expect(handled).toEqual(['POST /1', 'POST /2'])
      await expect.poll(() => engine.stats().connections.closed.idleTimeout).toBe(1)
      await expect.poll(() => proxy.log.match(/ ..-- (?=.*"POST \/lost )/g) ?? []).toEqual(logged)
    },
  )

  test('is closed by HAProxy first, as long as idleTimeoutMs is longer than its pool keeps what it does not need', async () => {
    const { engine, handled, newClient } = await serve({ 'pool-purge-delay 1s': 'pool-purge-delay 50ms' })
    const clients = Array.from({ length: 8 }, newClient)
    await Promise.all(clients.map((client, i) => post(client, `/${i}`)))
    // The clock of the engine stands still: it closes nothing.
    await expect.poll(() => engine.stats().connections.open, { timeout: 5_000 }).toBe(0)
    expect(await Promise.all(clients.map((client) => post(client, '/later')))).toEqual(clients.map(() => 200))
    expect(handled).toHaveLength(2 * clients.length)
    expect(engine.stats().connections.closed.idleTimeout).toBe(0)
  })

  test('is not closed by timeout server, nor by timeout http-keep-alive', async () => {
    const { engine, newClient } = await serve({
      'timeout server 30s': 'timeout server 600ms',
      'timeout http-keep-alive 10s': 'timeout http-keep-alive 900ms',
      'pool-purge-delay 1s': 'pool-purge-delay 1h',
    })
    const client = newClient()
    const left = new Promise((resolve) => client.once('disconnect', resolve))
    expect(await post(client, '/')).toBe(200)
    await left
    expect(engine.stats().connections.open).toBe(1)
    expect(await post(client, '/again')).toBe(200)
  })

  test('retry-on empty-response is no way out: it repeats a POST that was handled', async () => {
    const ways = ['conn-failure', 'conn-failure empty-response']
    const handledBy = ways.map(async (way) => {
      const { handled, newClient } = await serve({ 'retry-on conn-failure ': `retry-on ${way} ` })
      expect(await post(newClient(), '/dies')).toBe(502)
      return handled
    })
    const [once = [], again = []] = await Promise.all(handledBy)
    expect(once).toEqual(['POST /dies'])
    expect(again.length).toBeGreaterThan(1)
  })
})
