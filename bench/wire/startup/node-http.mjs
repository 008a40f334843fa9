/** `node node-http.mjs [FILE]`: the least server on node:http, or on a build of the drop-in. */
import { listening } from './listening.mjs'

/** @type {typeof import('node:http')} */
const { createServer } = await import(process.argv[2] ?? 'node:http')
const server = createServer((_req, res) => res.end('Hello, World!'))
server.listen(0, '127.0.0.1', () =>
  listening(/** @type {import('node:net').AddressInfo} */ (server.address()).port),
)
