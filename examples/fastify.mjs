// Fastify on the engine: PORT=3000 node examples/fastify.mjs
import process from 'node:process'
import { fastify } from 'fastify'
import { createServer } from 'nova-http/node'

const app = fastify({ serverFactory: (handler) => createServer({ keepAliveTimeout: 5_000 }, handler) })

app.get('/', () => ({ hello: 'fastify' }))
app.post('/echo', (request) => request.body)

console.log(await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' }))
