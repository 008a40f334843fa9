// One framework on one transport: node server.mjs FRAMEWORK STACK. What it serves is what its documentation shows.
import process from 'node:process'
import { report } from '../wire/servers/report.mjs'

process.env.NODE_ENV = 'production'

const [framework, stack] = process.argv.slice(2)
const HOST = '127.0.0.1'
const KEEP_ALIVE_MS = 120_000

/** `http.createServer` of the stack. */
const { createServer } = stack === 'nova' ? await import('../../dist/node.js') : await import('node:http')

/** @param {import('node:http').RequestListener} listener */
const listen = (listener) => {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, listener)
  server.listen(0, HOST, () => report(/** @type {import('node:net').AddressInfo} */ (server.address()).port))
}

/** @param {import('node:http').IncomingMessage} req @returns {Promise<string>} */
const textOf = async (req) => {
  let text = ''
  req.setEncoding('utf8')
  for await (const chunk of req) text += chunk
  return text
}

/** @type {Record<string, () => Promise<void>>} */
const frameworks = {
  plain: async () =>
    listen(async (req, res) => {
      const answer = req.method === 'POST' ? JSON.parse(await textOf(req)) : { hello: 'world' }
      res.setHeader('Content-Type', 'application/json')
      res.end(JSON.stringify(answer))
    }),
  hello: async () => listen((_req, res) => res.end('Hello, World!')),
  fastify: async () => {
    const { fastify } = await import('fastify')
    const app = fastify({
      serverFactory: (handler) => createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, handler),
    })
    app.get('/json', () => ({ hello: 'world' }))
    app.post('/json', (request) => request.body)
    await app.listen({ port: 0, host: HOST })
    report(/** @type {import('node:net').AddressInfo} */ (app.server.address()).port)
  },
  express: async () => {
    const { default: express } = await import('express')
    const app = express()
    app.use(express.json())
    app.get('/json', (_req, res) => void res.json({ hello: 'world' }))
    app.post('/json', (req, res) => void res.json(req.body))
    listen(app)
  },
  koa: async () => {
    const { default: Koa } = await import('koa')
    const app = new Koa()
    app.use(async (ctx) => {
      ctx.body = ctx.method === 'POST' ? JSON.parse(await textOf(ctx.req)) : { hello: 'world' }
    })
    listen(app.callback())
  },
  hono: async () => {
    const { Hono } = await import('hono')
    const app = new Hono()
    app.get('/json', (c) => c.json({ hello: 'world' }))
    app.get('/text', (c) => c.text('Hello, World!'))
    app.post('/json', async (c) => c.json(await c.req.json()))
    if (stack === 'nova/fetch') {
      const { serve } = await import('../../dist/fetch.js')
      const server = await serve({
        fetch: app.fetch,
        port: 0,
        hostname: HOST,
        idleTimeoutMs: KEEP_ALIVE_MS,
        maxRequestsPerConnection: 0,
      })
      report(server.port)
    } else {
      const { getRequestListener } = await import('@hono/node-server')
      listen(getRequestListener(app.fetch))
    }
  },
}

await frameworks[framework ?? '']?.()
