import { listener } from './listener.mjs'
import { report } from './report.mjs'

/** `node nova-node.mjs [FILE]`: another build of the drop-in. */
const [build = '../../../dist/node.js'] = process.argv.slice(2)

/** @type {typeof import('node:http')} */
const { createServer } = await import(build)

const server = createServer({ keepAliveTimeout: 120_000 }, listener)
server.listen(0, '127.0.0.1', () =>
  report(/** @type {import('node:net').AddressInfo} */ (server.address()).port),
)
