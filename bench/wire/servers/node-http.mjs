import { createServer } from 'node:http'
import { listener } from './listener.mjs'
import { report } from './report.mjs'

const server = createServer({ keepAliveTimeout: 120_000 }, listener)
server.listen(0, '127.0.0.1', () =>
  report(/** @type {import('node:net').AddressInfo} */ (server.address()).port),
)
