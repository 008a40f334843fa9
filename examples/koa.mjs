// Koa on the engine: PORT=3000 node examples/koa.mjs
import process from 'node:process'
import { json } from 'node:stream/consumers'
import Koa from 'koa'
import { createServer } from 'nova-http/node'

const app = new Koa()
app.use(async (ctx) => {
  ctx.body = ctx.method === 'POST' ? await json(ctx.req) : { hello: 'koa' }
})

const server = createServer(app.callback())
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(`http://127.0.0.1:${port}`)
})
