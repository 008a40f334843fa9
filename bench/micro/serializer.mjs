import { ServerResponse } from 'node:http'
import { bench, do_not_optimize, summary } from 'mitata'
import { Output } from '../../dist/engine/message/output.js'
import { ResponseWriter } from '../../dist/engine/message/response-writer.js'

/** More than one, or the compiler would fold a whole answer into a constant. */
const BODIES = ['Hello, World!', 'Hello, Event Loop!', 'Hello, Pool!', 'Hello, Wheel!']
const lines = {
  dateLine: `Date: ${new Date(0).toUTCString()}\r\n`,
  keepAliveLine: 'Keep-Alive: timeout=4\r\n',
}
const owner = {
  lines,
  isHead: false,
  minor: 1,
  keepAlive: true,
  mustClose: false,
  isCongested: false,
  onOutput() {},
}

/** The parts of `node:http`'s request that its response looks at. */
const request = /** @type {import('node:http').IncomingMessage} */ ({
  method: 'GET',
  httpVersionMajor: 1,
  httpVersionMinor: 1,
  headers: {},
})

/** Where a socket would copy the bytes to: a string that nobody reads is never put together. */
const wire = Buffer.alloc(4_096)
let turn = 0
const nextBody = () => /** @type {string} */ (BODIES[turn++ & 3])

summary(() => {
  bench('serialize: one template string, no checks', () => {
    const body = nextBody()
    const head = `HTTP/1.1 200 OK\r\n${lines.dateLine}Content-Type: text/plain\r\n`
    const answer = `${head}Content-Length: ${body.length}\r\n${lines.keepAliveLine}\r\n${body}`
    do_not_optimize(wire.write(answer, 0, 'latin1'))
  })
  bench('serialize: ours, pooled, one field', function* () {
    const writer = new ResponseWriter(owner)
    const output = new Output()
    yield () => {
      writer.setField('Content-Type', 'text/plain')
      writer.end(nextBody())
      writer.output.moveTo(output)
      do_not_optimize(wire.write(output.text, 0, 'latin1'))
      output.clear()
      writer.reset()
    }
  }).baseline(true)
  bench('serialize: node:http, one field', () => {
    const response = new ServerResponse(request)
    response.setHeader('Content-Type', 'text/plain')
    response.end(nextBody())
    // Without a socket the answer waits here, head and body in one string.
    const [{ data }] = /** @type {any} */ (response).outputData
    do_not_optimize(wire.write(data, 0, 'latin1'))
  })
})
