import { once } from 'node:events'
import http from 'node:http'
import { type AddressInfo, connect, Server as NetServer } from 'node:net'
import { Duplex, PassThrough } from 'node:stream'
import { inherits } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import * as nova from '../../src/node/server.ts'

const IMPLEMENTATIONS: [string, { createServer: typeof http.createServer; Server: typeof http.Server }][] = [
  ['node:http', { createServer: http.createServer, Server: http.Server }],
  ['nova-http/node', { createServer: nova.createServer, Server: nova.Server }],
]

const open: http.Server[] = []

const listening = async (server: http.Server): Promise<number> => {
  open.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
})

/** Sends `bytes` and resolves to everything that arrives until the server closes. */
const exchange = (port: number, bytes: string): Promise<string> =>
  new Promise((resolve) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    socket.setEncoding('latin1').on('data', (text) => {
      received += text
    })
    socket.on('error', () => {}).on('close', () => resolve(received))
  })

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const GET_CLOSE = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

describe.each(IMPLEMENTATIONS)('a server of %s', (_name, { createServer, Server }) => {
  test('is made with and without new, and by subclasses', () => {
    class Sub extends Server {}
    function Old(this: http.Server) {
      ;(Server as unknown as (this: http.Server) => void).call(this)
    }
    inherits(Old, Server)
    const old = new (Old as unknown as new () => http.Server)()
    for (const server of [
      new Server(),
      (Server as unknown as () => http.Server)(),
      new Sub(),
      old,
      createServer(),
    ]) {
      expect(server).toBeInstanceOf(NetServer)
      expect(server).toBeInstanceOf(http.Server)
      expect(server).toBeInstanceOf(Server)
    }
    expect(Server.name).toBe('Server')
  })

  test('has the defaults and the own properties of node:http', () => {
    const server = createServer({ requestTimeout: 1_000 })
    expect(server).toMatchObject({
      timeout: 0,
      keepAliveTimeout: 5_000,
      headersTimeout: 1_000,
      requestTimeout: 1_000,
      maxHeadersCount: null,
      maxRequestsPerSocket: 0,
      listening: false,
    })
    expect(Object.keys(server)).toEqual(Object.keys(http.createServer({ requestTimeout: 1_000 })))
  })

  test('checks its options', () => {
    expect(() => createServer({ headersTimeout: 2, requestTimeout: 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }),
    )
    expect(() => createServer({ keepAliveTimeout: 'x' as never })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
    )
    expect(() => createServer(5 as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }))
  })

  test('is bound when listen() returns, and has a handle until it is closed', async () => {
    const server = createServer()
    server.listen(0)
    expect((server.address() as AddressInfo).port).toBeGreaterThan(0)
    const handled = server as unknown as { _handle: unknown }
    expect(handled._handle).toBeTruthy()
    await new Promise((resolve) => server.close(resolve))
    expect(handled._handle).toBeNull()
  })

  test('close() ends idle connections, lets busy ones finish, and then closes', async () => {
    let answerLater: (() => void) | null = null
    const server = createServer((req, res) => {
      if (req.url === '/') res.end('x')
      else answerLater = () => res.end('late')
    })
    const port = await listening(server)
    const idle = exchange(port, GET)
    await once(server, 'request')
    const busy = exchange(port, 'GET /busy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    await once(server, 'request')
    const closed = new Promise((resolve) => server.close(resolve))
    expect(await idle).toContain('200 OK')
    ;(answerLater as (() => void) | null)?.()
    expect(await busy).toContain('late')
    await closed
  })

  test('close() without listening says so', async () => {
    const error = await new Promise<NodeJS.ErrnoException>((resolve) =>
      createServer().close((reason) => resolve(reason as NodeJS.ErrnoException)),
    )
    expect(error.code).toBe('ERR_SERVER_NOT_RUNNING')
  })

  test('closeAllConnections() ends busy ones too, and getConnections() counts', async () => {
    const server = createServer(() => {})
    const port = await listening(server)
    const hung = exchange(port, GET)
    await once(server, 'request')
    expect(await new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))).toBe(1)
    server.closeAllConnections()
    expect(await hung).toBe('')
    await new Promise((resolve) => setImmediate(resolve))
    expect(await new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))).toBe(0)
  })

  test('Symbol.asyncDispose closes', async () => {
    const server = createServer()
    await listening(server)
    await server[Symbol.asyncDispose]()
    expect(server.listening).toBe(false)
  })

  test('maxConnections drops what is too much', async () => {
    const server = createServer((_req, res) => res.end('x'))
    server.maxConnections = 1
    const port = await listening(server)
    const first = connect(port, '127.0.0.1')
    await once(server, 'connection')
    const dropped = once(server, 'drop')
    expect(await exchange(port, GET_CLOSE)).toBe('')
    expect((await dropped)[0]).toMatchObject({ remoteAddress: '127.0.0.1' })
    first.destroy()
  })

  test('uses the classes it is given', async () => {
    class MyRequest extends http.IncomingMessage {
      shout = () => this.url?.toUpperCase()
    }
    class MyResponse extends http.ServerResponse {
      sent = 0
      override end(...args: unknown[]): this {
        this.sent++
        super.end(...(args as []))
        return this
      }
    }
    let seen: unknown
    const server = createServer(
      { IncomingMessage: MyRequest, ServerResponse: MyResponse as unknown as typeof http.ServerResponse },
      (req, res) => {
        res.end((req as MyRequest).shout())
        seen = (res as unknown as MyResponse).sent
      },
    )
    const port = await listening(server)
    expect(await exchange(port, 'GET /abc HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toContain(
      '/ABC',
    )
    expect(seen).toBe(1)
  })

  test("serves any stream that is given to 'connection'", async () => {
    const server = createServer((req, res) => req.pipe(res))
    const input = new PassThrough()
    const output = new PassThrough()
    server.emit('connection', Duplex.from({ readable: input, writable: output }))
    input.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok')
    let received = ''
    for await (const chunk of output) {
      received += chunk
      if (received.endsWith('0\r\n\r\n')) break
    }
    expect(received).toContain('\r\n2\r\nok\r\n0\r\n\r\n')
  })

  test('setTimeout tells the server of sockets that do nothing', async () => {
    const server = createServer(() => {})
    server.setTimeout(10)
    const port = await listening(server)
    const told = once(server, 'timeout')
    const hung = exchange(port, GET)
    const [socket] = await told
    socket.destroy()
    expect(await hung).toBe('')
  })

  test.each([
    ['HPE_HEADER_OVERFLOW', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['HPE_INVALID_METHOD', 'G@T / HTTP/1.1\r\n\r\n'],
    ['HPE_INVALID_HEADER_TOKEN', 'GET / HTTP/1.1\r\nHost: a\r\nbad header: x\r\n\r\n'],
    ['HPE_INVALID_CHUNK_SIZE', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ])('clientError %s, answered by its listener', async (code, bytes) => {
    const server = createServer(() => {})
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      socket.end(`HTTP/1.1 400 ${error.code}\r\n\r\n`)
    })
    const port = await listening(server)
    expect(await exchange(port, bytes)).toBe(`HTTP/1.1 400 ${code}\r\n\r\n`)
  })

  test('clientError behind an answer leaves the answer whole', async () => {
    const server = createServer((_req, res) => res.end('fine'))
    server.on('clientError', (_error, socket) => socket.end('HTTP/1.1 400 Mine\r\n\r\n'))
    const port = await listening(server)
    expect(await exchange(port, `${GET}NONSENSE\r\n\r\n`)).toMatch(/fineHTTP\/1.1 400 Mine\r\n\r\n$/)
  })

  test('a malformed request without listeners is answered 400 and closed', async () => {
    const server = createServer(() => {})
    const port = await listening(server)
    expect(await exchange(port, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/)
  })

  test('a CONNECT that nobody takes is closed without a word', async () => {
    const server = createServer(() => {})
    const port = await listening(server)
    expect(await exchange(port, 'CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n')).toBe('')
  })

  test('a CONNECT that is taken gives the socket over', async () => {
    const server = createServer(() => {})
    server.on('connect', (req, socket, head) => {
      socket.write(`HTTP/1.1 200 ${req.url}\r\n\r\n`)
      socket.end(head)
    })
    const port = await listening(server)
    expect(await exchange(port, 'CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\nhead')).toBe(
      'HTTP/1.1 200 a:80\r\n\r\nhead',
    )
  })
})

test('insecureHTTPParser is refused with a reason', () => {
  expect(() => nova.createServer({ insecureHTTPParser: true })).toThrow(
    expect.objectContaining({
      code: 'OPTION_INVALID',
      message: expect.stringContaining('insecureHTTPParser'),
    }),
  )
})
