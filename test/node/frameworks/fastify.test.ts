import type http from 'node:http'
import Fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { IMPLEMENTATIONS } from './implementations.ts'
import { postJson } from './serving.ts'

const make = (createServer: typeof http.createServer) => {
  const app = Fastify({
    serverFactory: (handler) => createServer((req, res) => handler(req, res)),
    requestTimeout: 10_000,
    keepAliveTimeout: 3_000,
  })
  app.get('/json', async () => ({ hello: 'world' }))
  app.post('/echo', async (request) => request.body)
  app.get('/stream', (_request, reply) => {
    reply.header('x-a', 'b')
    return reply.send(new Blob(['streamed']).stream())
  })
  app.get('/fail', async () => {
    throw new Error('no')
  })
  app.get('/hijack', (_request, reply) => {
    reply.hijack()
    reply.raw.end('raw')
  })
  return app
}

describe.each(IMPLEMENTATIONS)('Fastify by serverFactory on %s', (_name, createServer) => {
  test('answers, parses, streams, fails and is hijacked', async () => {
    const app = make(createServer)
    const hooks: string[] = []
    app.addHook('onResponse', async (request, reply) => {
      hooks.push(`${request.url} ${reply.statusCode}`)
    })
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    try {
      expect(await (await fetch(`${origin}/json`)).json()).toEqual({ hello: 'world' })
      expect(await (await postJson(`${origin}/echo`, { a: [1, 2] })).json()).toEqual({ a: [1, 2] })
      const streamed = await fetch(`${origin}/stream`)
      expect([streamed.headers.get('x-a'), await streamed.text()]).toEqual(['b', 'streamed'])
      expect((await fetch(`${origin}/fail`)).status).toBe(500)
      expect((await fetch(`${origin}/nowhere`)).status).toBe(404)
      expect(await (await fetch(`${origin}/hijack`)).text()).toBe('raw')
      expect(
        (
          await fetch(`${origin}/echo`, {
            method: 'POST',
            body: '{',
            headers: { 'content-type': 'application/json' },
          })
        ).status,
      ).toBe(400)
      expect(hooks.slice(0, 3)).toEqual(['/json 200', '/echo 200', '/stream 200'])
    } finally {
      await app.close()
    }
  })

  test('refuses a body that is too large and goes on', async () => {
    const app = make(createServer)
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    try {
      const response = await postJson(`${origin}/echo`, 'x'.repeat(1_100_000))
      expect(response.status).toBe(413)
      expect((await fetch(`${origin}/json`)).status).toBe(200)
    } finally {
      await app.close()
    }
  })

  test('injects without a server', async () => {
    const response = await make(createServer).inject('/json')
    expect(response.json()).toEqual({ hello: 'world' })
  })
})
