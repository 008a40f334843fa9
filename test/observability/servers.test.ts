import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { engineChannel } from '../../src/engine/stats/channels.ts'
import { serve as serveFetch } from '../../src/fetch.ts'
import { createServer } from '../../src/node/server.ts'
import { sendRaw } from '../clients/raw.ts'
import { serve } from '../clients/serve.ts'
import { get, parseAnswers, post } from '../support/answers.ts'
import { published } from './published.ts'

const START = 'nova-http:request.start'
const END = 'nova-http:request.end'

const storage = new AsyncLocalStorage<string>()

/** What the handler sees of the store, at once and after an await. */
const seenStore = async (): Promise<string> => {
  const before = storage.getStore()
  await new Promise((resolve) => setTimeout(resolve, 5))
  return `${before}, still ${storage.getStore()}`
}

/** Each of our servers, answering with what its handler sees; returns its port. */
const SERVERS: Readonly<Record<string, () => Promise<number>>> = {
  engine: async () => (await serve(async (_req, res) => res.end(await seenStore()))).port,
  'drop-in': async () => {
    const server = createServer(async (_req, res) => {
      res.end(await seenStore())
    })
    onTestFinished(async () => {
      await server.drain({ graceMs: 0 })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return (server.address() as AddressInfo).port
  },
  fetch: async () => {
    const server = await serveFetch({
      hostname: '127.0.0.1',
      patchGlobals: false,
      fetch: async () => new Response(await seenStore()),
    })
    onTestFinished(async () => {
      await server.close({ graceMs: 0 })
    })
    return server.port
  },
}

describe.each(Object.entries(SERVERS))('%s', (_name, start) => {
  test('tells of its requests', async () => {
    const seen = published(START, END)
    const port = await start()
    const answer = await sendRaw(port, get('/a?b', 'Connection: close\r\n'))
    await expect.poll(() => seen.length).toBe(2)
    expect(seen[0]?.[1]).toBe(seen[1]?.[1])
    const event = seen[1]?.[1]
    expect(event).toMatchObject({
      method: 'GET',
      target: '/a?b',
      status: 200,
      bytesWritten: answer.length,
      isComplete: true,
      remoteAddress: '127.0.0.1',
      error: null,
    })
    if (event === undefined) return
    const { headReceivedAt, handlerCalledAt, answeredAt, endedAt } = event
    expect(headReceivedAt).toBeLessThanOrEqual(handlerCalledAt)
    // Its handler waits for a timer of 5 ms.
    expect(answeredAt - handlerCalledAt).toBeGreaterThan(3)
    expect(answeredAt).toBeLessThanOrEqual(endedAt)
  })

  test('knows of a closed connection whose it was', async () => {
    const seen = published('nova-http:connection.close')
    await sendRaw(await start(), get('/', 'Connection: close\r\n'))
    await expect.poll(() => seen.length).toBe(1)
    expect(seen[0]?.[1].remoteAddress).toBe('127.0.0.1')
    expect(seen[0]?.[1].remotePort).toBeGreaterThan(0)
  })

  test('gives each handler the store that is bound to the channel, pipelined or held', async () => {
    engineChannel(START).bindStore(storage, ({ target }) => target)
    onTestFinished(() => {
      engineChannel(START).unbindStore(storage)
    })
    const port = await start()
    const bytes = get('/1') + get('/2') + post('/3', 'x') + get('/4', 'Connection: close\r\n')
    const answers = parseAnswers(await sendRaw(port, bytes))
    expect(answers.map(({ body }) => body)).toEqual(
      ['/1', '/2', '/3', '/4'].map((target) => `${target}, still ${target}`),
    )
  })
})
