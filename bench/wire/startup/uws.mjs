/** `node uws.mjs FILE`: uWebSockets.js, imported from there. */
import { listening } from './listening.mjs'

const { default: uws } = await import(process.argv[2] ?? '')
uws
  .App()
  .get('/', (/** @type {{ end(body: string): void }} */ res) => res.end('Hello, World!'))
  .listen('127.0.0.1', 0, (/** @type {object} */ socket) => listening(uws.us_socket_local_port(socket)))
