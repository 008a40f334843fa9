import http from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import { createServer, Server } from './server.ts'

/**
 * `node --import nova-http/register app.js`: `http.createServer` and `http.Server` are the engine's from here on, for
 * CommonJS and ES modules alike. https and http2 keep Node's own. `NOVA_HTTP=off` leaves everything as it is.
 */
const { NOVA_HTTP, NOVA_DEBUG } = process.env
const isOff = NOVA_HTTP === 'off' || NOVA_HTTP === '0'

if (!isOff) {
  http.createServer = createServer
  http.Server = Server
  syncBuiltinESMExports()
}
if (NOVA_DEBUG) {
  process.stderr.write(
    isOff
      ? "nova-http: off by NOVA_HTTP; http.createServer is Node's\n"
      : 'nova-http: http.createServer and http.Server use the engine\n',
  )
}
