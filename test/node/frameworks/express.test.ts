import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'
import compression from 'compression'
import express from 'express'
import session from 'express-session'
import onHeaders from 'on-headers'
import supertest from 'supertest'
import { describe, expect, test } from 'vitest'
import { IMPLEMENTATIONS } from './implementations.ts'
import { postJson, serving } from './serving.ts'

/** The same API as far as it is used here; the typings are those of 5. */
const express4 = createRequire(import.meta.url)('express4') as typeof express

const VERSIONS = [
  ['Express 4', express4],
  ['Express 5', express],
] as const

const make = (express: typeof express4) => {
  const app = express()
  app.use((_req, res, next) => {
    onHeaders(res, () => res.setHeader('x-late', 'yes'))
    next()
  })
  app.get('/', (req, res) => {
    res.json({ ip: req.ip, host: req.hostname })
  })
  app.post('/echo', express.json(), (req, res) => {
    res.status(201).send(req.body)
  })
  app.get('/file', (_req, res) => {
    res.sendFile(import.meta.filename)
  })
  const mounted = express()
  mounted.get('/deep', (req, res) => {
    res.type('text').send(`${req.baseUrl} ${req.path}`)
  })
  app.use('/mounted', mounted)
  app.get('/fail', () => {
    throw Object.assign(new Error('teapot'), { status: 418, expose: true })
  })
  return app
}

const cases = VERSIONS.flatMap(([version, express]) =>
  IMPLEMENTATIONS.map(([server, createServer]) => ({ version, server, express, createServer })),
)

describe.each(cases)('$version on $server', ({ express, createServer }) => {
  test('answers, parses, sends files, mounts and fails', () =>
    serving(createServer(make(express)), async (origin) => {
      const root = await fetch(`${origin}/`)
      expect(await root.json()).toEqual({ ip: '127.0.0.1', host: '127.0.0.1' })
      expect(root.headers.get('x-late')).toBe('yes')
      const etag = root.headers.get('etag') as string
      await supertest(origin).get('/').set('If-None-Match', etag).expect(304)
      const echoed = await postJson(`${origin}/echo`, { a: 1 })
      expect([echoed.status, await echoed.json()]).toEqual([201, { a: 1 }])
      expect(await (await fetch(`${origin}/file`)).text()).toContain('sends files')
      const range = await fetch(`${origin}/file`, { headers: { range: 'bytes=0-5' } })
      expect([range.status, await range.text()]).toEqual([206, 'import'])
      expect(await (await fetch(`${origin}/mounted/deep`)).text()).toBe('/mounted /deep')
      expect((await fetch(`${origin}/fail`)).status).toBe(418)
      expect((await fetch(`${origin}/`, { method: 'HEAD' })).headers.get('content-length')).toMatch(/^\d+$/)
    }))

  test('compression replaces write and end', () => {
    const app = express()
    app.use(compression({ threshold: 0 }))
    app.get('/', (_req, res) => {
      res.type('text').send('squeeze '.repeat(1_000))
    })
    return serving(createServer(app), async (origin) => {
      const { Agent, request } = await import('undici')
      const agent = new Agent()
      const { headers, body } = await request(origin, {
        headers: { 'accept-encoding': 'gzip' },
        dispatcher: agent,
      })
      expect(headers['content-encoding']).toBe('gzip')
      expect(gunzipSync(await body.bytes()).length).toBe(8_000)
      await agent.close()
    })
  })

  test('sessions replace end and send their cookie', () => {
    const app = express()
    app.use(session({ secret: 's', resave: false, saveUninitialized: true }))
    app.get('/', (req, res) => {
      const counted = req.session as unknown as { n?: number }
      counted.n = (counted.n ?? 0) + 1
      res.send(String(counted.n))
    })
    return serving(createServer(app), async (origin) => {
      const first = await fetch(origin)
      const cookie = (first.headers.get('set-cookie') as string).split(';')[0] as string
      const second = await fetch(origin, { headers: { cookie } })
      expect([await first.text(), await second.text()]).toEqual(['1', '2'])
    })
  })

  test('supertest binds at once and closes', async () => {
    const server = createServer(make(express))
    await supertest(server).get('/mounted/deep').expect(200, '/mounted /deep')
    await supertest(server).post('/echo').send({ b: 2 }).expect(201, { b: 2 })
    expect(server.listening).toBe(false)
  })
})
