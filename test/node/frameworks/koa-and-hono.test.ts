import { Readable } from 'node:stream'
import { getRequestListener, serve } from '@hono/node-server'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, test } from 'vitest'
import { IMPLEMENTATIONS } from './implementations.ts'
import { postJson, serving } from './serving.ts'

describe.each(IMPLEMENTATIONS)('Koa 3 on %s', (_name, createServer) => {
  const app = new Koa()
  app.silent = true
  app.use(async (ctx, next) => {
    await next()
    ctx.set('X-After', ctx.path)
  })
  app.use(async (ctx) => {
    if (ctx.path === '/stream') ctx.body = Readable.from(['a', 'b'])
    else if (ctx.path === '/fail') ctx.throw(409, 'conflict')
    else if (ctx.path === '/empty') ctx.status = 204
    else ctx.body = { method: ctx.method, writable: ctx.writable }
  })

  test('answers with objects, streams, nothing and errors', () =>
    serving(createServer(app.callback()), async (origin) => {
      const response = await fetch(`${origin}/x`)
      expect([response.headers.get('x-after'), await response.json()]).toEqual([
        '/x',
        { method: 'GET', writable: true },
      ])
      expect(await (await fetch(`${origin}/stream`)).text()).toBe('ab')
      expect((await fetch(`${origin}/empty`)).status).toBe(204)
      const failed = await fetch(`${origin}/fail`)
      expect([failed.status, await failed.text()]).toEqual([409, 'conflict'])
    }))
})

describe.each(IMPLEMENTATIONS)('Hono on @hono/node-server and %s', (_name, createServer) => {
  const app = new Hono()
  app.get('/', (c) => c.text('hello'))
  app.post('/echo', async (c) => c.json(await c.req.json()))
  app.get('/stream', (c) => c.body(new Blob(['streamed']).stream()))
  app.get('/fail', () => {
    throw new Error('no')
  })
  app.onError((error, c) => c.text(error.message, 500))

  const check = async (origin: string): Promise<void> => {
    expect(await (await fetch(origin)).text()).toBe('hello')
    expect(await (await postJson(`${origin}/echo`, { a: 1 })).json()).toEqual({ a: 1 })
    expect(await (await fetch(`${origin}/stream`)).text()).toBe('streamed')
    expect((await fetch(`${origin}/fail`)).status).toBe(500)
    expect((await fetch(`${origin}/nowhere`)).status).toBe(404)
  }

  test('as a listener', () => serving(createServer(getRequestListener(app.fetch)), check))

  test('by its createServer option', async () => {
    const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
      const made = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1', createServer }, () =>
        resolve(made),
      )
    })
    const { port } = server.address() as { port: number }
    await check(`http://127.0.0.1:${port}`)
    await new Promise((resolve) => {
      server.close(resolve)
      if ('closeAllConnections' in server) server.closeAllConnections()
    })
  })
})
