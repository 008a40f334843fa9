/** `node fastify.mjs [FILE]`: Fastify on node:http, or on a build of the drop-in. */
import { fastify } from 'fastify'
import { HELLO, LARGE } from './bodies.mjs'
import { report } from './report.mjs'

process.env['NODE_ENV'] = 'production'

const [build = 'node:http'] = process.argv.slice(2)
/** @type {typeof import('node:http')} */
const { createServer } = await import(build)

const app = fastify({
  bodyLimit: 2 * LARGE.length,
  serverFactory: (handler) => createServer({ keepAliveTimeout: 120_000 }, handler),
})

app.get('/', (_request, reply) => {
  reply.type('text/plain').send(HELLO)
})
app.get('/await', async (_request, reply) => {
  await Promise.resolve()
  reply.type('text/plain')
  return HELLO
})
app.get('/json', () => ({ message: HELLO }))
app.get('/large', (_request, reply) => {
  reply.type('application/octet-stream').send(LARGE)
})
app.post('/echo', (request, reply) => {
  reply.type('text/plain').send(request.body)
})

app.register(async (uploads) => {
  uploads.removeAllContentTypeParsers()
  uploads.addContentTypeParser('*', (_request, _payload, done) => done(null))
  uploads.post('/upload', async (request, reply) => {
    let bytes = 0
    for await (const chunk of request.raw) bytes += chunk.length
    reply.type('text/plain')
    return String(bytes)
  })
})

await app.listen({ port: 0, host: '127.0.0.1' })
report(/** @type {import('node:net').AddressInfo} */ (app.server.address()).port)
