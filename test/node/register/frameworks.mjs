// An ordinary application in the framework that FRAMEWORK names. It knows nothing of nova-http.
import process from 'node:process'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'

const makers = {
  express: () => {
    const app = express()
    app.post('/', express.json(), (req, res) => res.json({ got: req.body }))
    return app.listen(0, '127.0.0.1')
  },
  fastify: async () => {
    const app = fastify()
    app.post('/', async (request) => ({ got: request.body }))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server
  },
  koa: () => {
    const app = new Koa()
    app.use(async (ctx) => {
      const chunks = []
      for await (const chunk of ctx.req) chunks.push(chunk)
      ctx.body = { got: JSON.parse(String(Buffer.concat(chunks))) }
    })
    return app.listen(0, '127.0.0.1')
  },
}

const server = await makers[process.env.FRAMEWORK]()
if (!server.listening) await new Promise((resolve) => server.once('listening', resolve))
const onEngine = Object.getOwnPropertySymbols(server).some((symbol) => symbol.description === 'nova.dropIn')
console.log(JSON.stringify({ port: server.address().port, onEngine }))
