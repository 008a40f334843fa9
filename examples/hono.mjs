// Hono on the engine, without node:http in between: PORT=3000 node examples/hono.mjs
import process from 'node:process'
import { Hono } from 'hono'
import { serve } from 'nova-http/fetch'

const app = new Hono()
app.get('/', (c) => c.json({ hello: 'hono' }))
app.post('/echo', async (c) => c.json(await c.req.json()))

const server = await serve({
  fetch: app.fetch,
  port: Number(process.env.PORT ?? 3000),
  hostname: '127.0.0.1',
})
console.log(server.url)
process.once('SIGTERM', () => server.close())
