/** `node fastify.mjs [FILE]`: the least application on node:http, or on a build of the drop-in. */
import { fastify } from 'fastify'
import { listening } from './listening.mjs'

/** @type {typeof import('node:http')} */
const { createServer } = await import(process.argv[2] ?? 'node:http')
const app = fastify({ serverFactory: (handler) => createServer(handler) })
app.get('/', () => 'Hello, World!')
await app.listen({ port: 0, host: '127.0.0.1' })
listening(/** @type {import('node:net').AddressInfo} */ (app.server.address()).port)
