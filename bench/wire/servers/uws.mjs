/** `node uws.mjs FILE`: uWebSockets.js, imported from there. It does not tell when it cannot be loaded but by throwing. */
import { HELLO, LARGE } from './bodies.mjs'
import { report } from './report.mjs'

/**
 * @typedef {object} Answer uWebSockets.js's response, as far as it is used here.
 * @property {(body: string | Uint8Array) => Answer} end
 * @property {(name: string, value: string) => Answer} writeHeader
 * @property {(run: () => void) => Answer} cork
 * @property {(run: () => void) => Answer} onAborted
 * @property {(run: (chunk: ArrayBuffer, isLast: boolean) => void) => Answer} onData
 */
/** @typedef {(path: string, handler: (answer: Answer) => void) => App} Route */
/** @typedef {{ get: Route, post: Route, listen(host: string, port: number, then: (socket: object) => void): void }} App */

/** @type {{ default: { App(): App, us_socket_local_port(socket: object): number } }} */
const { default: uws } = await import(process.argv[2] ?? '')

/** @param {Answer} res @param {string | Uint8Array} body */
const answer = (res, body, type = 'text/plain') => {
  res.writeHeader('Content-Type', type).end(body)
}

uws
  .App()
  .get('/', (res) => answer(res, HELLO))
  .get('/await', async (res) => {
    res.onAborted(() => {})
    await Promise.resolve()
    res.cork(() => answer(res, HELLO))
  })
  .get('/json', (res) => answer(res, JSON.stringify({ message: HELLO }), 'application/json'))
  .get('/large', (res) => answer(res, LARGE, 'application/octet-stream'))
  .post('/echo', (res) => {
    /** @type {Buffer[]} */
    const chunks = []
    res.onAborted(() => {})
    res.onData((chunk, isLast) => {
      // The bytes are lent until this returns.
      chunks.push(Buffer.from(Buffer.from(chunk)))
      if (isLast) res.cork(() => answer(res, Buffer.concat(chunks)))
    })
  })
  .post('/upload', (res) => {
    let bytes = 0
    res.onAborted(() => {})
    res.onData((chunk, isLast) => {
      bytes += chunk.byteLength
      if (isLast) res.cork(() => answer(res, String(bytes)))
    })
  })
  .listen('127.0.0.1', 0, (socket) => report(uws.us_socket_local_port(socket)))
