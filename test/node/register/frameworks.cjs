// Ordinary applications in several frameworks, none of which knows of nova-http. Prints their servers' ports.
const express = require('express')
const express4 = require('express4')
const fastify = require('fastify')
const Koa = require('koa')

const makers = {
  express: () => expressOn(express),
  express4: () => expressOn(express4),
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

const expressOn = (make) => {
  const app = make()
  app.post('/', make.json(), (req, res) => res.json({ got: req.body }))
  return app.listen(0, '127.0.0.1')
}

const main = async () => {
  const started = {}
  for (const [name, make] of Object.entries(makers)) {
    const server = await make()
    if (!server.listening) await new Promise((resolve) => server.once('listening', resolve))
    const onEngine = Object.getOwnPropertySymbols(server).some(
      ({ description }) => description === 'nova.dropIn',
    )
    started[name] = { port: server.address().port, onEngine }
  }
  console.log(JSON.stringify(started))
}

main()
