import { Client } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import type { Handler } from '../../src/engine/server/engine.ts'
import { serve } from './serve.ts'

const connectTo = (origin: string, options?: Client.Options): Client => {
  const client = new Client(origin, options)
  onTestFinished(() => client.destroy())
  return client
}

/** Answers with what was asked, after a number of turns that differs from request to request. */
const identify: Handler = async (req, res) => {
  const turns = Number(req.query.get('turns'))
  for (let i = 0; i < turns; i++) await new Promise(setImmediate)
  const body = req.method === 'POST' ? await req.text() : ''
  res.setHeader('X-Target', req.target).end(`${req.method} ${req.target} ${body}`)
}

/** undici pipelines what it may repeat, and only when told that a request may be slow without harm to the next. */
const PIPELINED = { idempotent: true, blocking: false }

const pathOf = (id: number): string => `/item/${id}?turns=${(id * 7) % 11}`

test('2,000 pipelined requests are answered in order, each with its own body (RFC 9112, 9.3.2)', async () => {
  const { engine, origin } = await serve(identify, { maxRequestsPerConnection: 0 })
  const client = connectTo(origin, { pipelining: 10 })
  const order: number[] = []
  const asked = Array.from({ length: 2_000 }, async (_, id) => {
    const { statusCode, headers, body } = await client.request({
      path: pathOf(id),
      method: 'GET',
      ...PIPELINED,
    })
    order.push(id)
    expect(statusCode).toBe(200)
    expect(headers['x-target']).toBe(pathOf(id))
    expect(await body.text()).toBe(`GET ${pathOf(id)} `)
  })
  await Promise.all(asked)
  expect(order).toEqual(order.toSorted((a, b) => a - b))
  const { connections, exchanges } = engine.stats()
  expect(connections.accepted).toBe(1)
  expect(exchanges.peak).toBeGreaterThan(1)
  expect(exchanges.live).toBe(0)
})

test('GET and POST mixed on one pipelining client keep their bodies apart', async () => {
  const { engine, origin } = await serve(identify, { maxRequestsPerConnection: 0 })
  const client = connectTo(origin, { pipelining: 10 })
  const asked = Array.from({ length: 500 }, async (_, id) => {
    const isPost = id % 3 === 0
    const payload = isPost ? `payload of ${id} `.repeat(id) : ''
    const { body } = await client.request(
      isPost
        ? { path: pathOf(id), method: 'POST', body: payload, ...PIPELINED }
        : { path: pathOf(id), method: 'GET', ...PIPELINED },
    )
    expect(await body.text()).toBe(`${isPost ? 'POST' : 'GET'} ${pathOf(id)} ${payload}`)
  })
  await Promise.all(asked)
  expect(engine.stats().connections.accepted).toBe(1)
})

test('the request limit of a connection costs a pipelining client nothing but a new connection', async () => {
  const { engine, origin } = await serve(identify, { maxRequestsPerConnection: 7 })
  const client = connectTo(origin, { pipelining: 10 })
  const asked = Array.from({ length: 70 }, async (_, id) => {
    const { body } = await client.request({ path: pathOf(id), method: 'GET', ...PIPELINED })
    expect(await body.text()).toBe(`GET ${pathOf(id)} `)
  })
  await Promise.all(asked)
  expect(engine.stats().connections.accepted).toBe(10)
})

test('undici keeps a connection for the time Keep-Alive advertises, less its threshold', async () => {
  const { engine, origin } = await serve(identify, { idleTimeoutMs: 5_000 })
  const ask = async (client: Client): Promise<void> => {
    const { headers, body } = await client.request({ path: '/', method: 'GET' })
    expect(headers['keep-alive']).toBe('timeout=4')
    await body.dump()
  }
  const trusting = connectTo(origin, { keepAliveTimeoutThreshold: 3_000 })
  await ask(trusting)
  await ask(trusting)
  expect(engine.stats().connections.accepted).toBe(1)
  // A threshold as long as the hint leaves no time to keep the connection: that shows that the hint was read.
  const wary = connectTo(origin, { keepAliveTimeoutThreshold: 4_000 })
  await ask(wary)
  await ask(wary)
  expect(engine.stats().connections.accepted).toBe(3)
})

test('undici reads a streamed answer chunk by chunk and a long upload arrives whole', async () => {
  const { origin } = await serve(async (req, res) => {
    for await (const chunk of req.body) if (!res.write(chunk)) await res.drained()
    res.end()
  })
  const client = connectTo(origin)
  const sent = Buffer.alloc(3_000_000, 'abcdefghijk')
  const { headers, body } = await client.request({ path: '/', method: 'POST', body: sent })
  expect(headers['transfer-encoding']).toBe('chunked')
  expect(Buffer.from(await body.arrayBuffer()).equals(sent)).toBe(true)
})
