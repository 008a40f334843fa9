import type http from 'node:http'
import { closing, posting, staying } from './messages.ts'
import type { Scenario } from './transcript.ts'

type Answer = (res: http.ServerResponse, req: http.IncomingMessage) => void

const answering = (name: string, answer: Answer, send: string[] = [closing()]): Scenario => ({
  name,
  send,
  serve: (server) => server.on('request', (req, res) => answer(res, req)),
})

const old = 'GET / HTTP/1.0\r\n\r\n'
const oldStaying = 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'
const head = 'HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

/** One answer each: the bytes must be the same. */
export const ANSWERS: readonly Scenario[] = [
  answering('end with a string', (res) => res.end('hello')),
  answering('end with nothing', (res) => res.end()),
  answering('end with bytes', (res) => res.end(Buffer.from([0, 255, 10]))),
  answering('end with a string in another encoding', (res) => res.end('68656c6c6f', 'hex')),
  answering('end with text beyond latin1', (res) => res.end('naïve ✓')),
  answering('end with nulls, as Hono does', (res) => res.end('x', null as never, null as never)),
  answering('setHeader in any case, repeated and numeric', (res) => {
    res.setHeader('X-One', 1)
    res.setHeader('set-cookie', ['a=1', 'b=2'])
    res.setHeader('X-Two', 'two')
    res.removeHeader('X-One')
    res.end('x')
  }),
  answering('appendHeader', (res) => {
    res.appendHeader('X', 'a').appendHeader('x', 'b').end('x')
  }),
  answering('a Content-Length of its own', (res) => {
    res.setHeader('Content-Length', 5)
    res.end('hello')
  }),
  answering('a status and a message', (res) => {
    res.statusCode = 418
    res.statusMessage = 'Short and stout'
    res.end('tea')
  }),
  answering('a status without a name', (res) => {
    res.statusCode = 299
    res.end()
  }),
  answering('204', (res) => {
    res.statusCode = 204
    res.end('ignored')
  }),
  answering('304 with a length', (res) => {
    res.writeHead(304, { 'Content-Length': 7 }).end()
  }),
  answering('writeHead with an object', (res) => {
    res.writeHead(201, { 'X-A': 'b', 'Content-Type': 'text/plain' }).end('made')
  }),
  answering('writeHead with a flat array', (res) => {
    res.writeHead(200, 'Fine', ['A', '1', 'A', '2', 'Content-Length', '1']).end('x')
  }),
  answering('writeHead beside setHeader', (res) => {
    res.setHeader('A', 'first')
    res.setHeader('B', 'kept')
    res.writeHead(200, { a: 'second' }).end('x')
  }),
  answering('write, write, end', (res) => {
    res.write('a')
    res.write(Buffer.from('bc'))
    res.end('d')
  }),
  answering('write with a length announced', (res) => {
    res.setHeader('Content-Length', '3')
    res.write('a')
    res.write('b')
    res.end('c')
  }),
  answering('flushHeaders, then a body later', (res) => {
    res.flushHeaders()
    setImmediate(() => res.end('later'))
  }),
  answering('trailers', (res) => {
    res.setHeader('Trailer', 'X-Sum')
    res.write('body')
    res.addTrailers({ 'X-Sum': '42' })
    res.end()
  }),
  answering(
    'Connection: close by the program',
    (res) => {
      res.setHeader('Connection', 'close')
      res.end('bye')
    },
    [staying()],
  ),
  answering('a removed Connection field', (res) => {
    res.removeHeader('Connection')
    res.end('x')
  }),
  answering('a removed Date', (res) => {
    res.sendDate = false
    res.end('x')
  }),
  answering('a Date of its own', (res) => {
    res.setHeader('Date', 'yesterday')
    res.end('x')
  }),
  answering('a removed Content-Length and Transfer-Encoding', (res) => {
    res.removeHeader('Content-Length')
    res.removeHeader('Transfer-Encoding')
    res.end('until close')
  }),
  answering('Transfer-Encoding set by the program', (res) => {
    res.setHeader('Transfer-Encoding', 'chunked')
    res.end('piece')
  }),
  answering('a field value in latin1 with a string', (res) => {
    res.setHeader('X-Name', 'é')
    res.end('x')
  }),
  answering('a field value in latin1 with bytes', (res) => {
    res.setHeader('X-Name', 'é')
    res.end(Buffer.from('x'))
  }),
  answering('Content-Disposition in latin1', (res) => {
    res.setHeader('Content-Length', 1)
    res.setHeader('Content-Disposition', 'attachment; filename="é"')
    res.end('x')
  }),
  answering('early hints, processing and continue', (res) => {
    res.writeEarlyHints({ link: '</a.css>; rel=preload; as=style' })
    res.writeProcessing()
    res.end('x')
  }),
  answering('HEAD', (res) => res.end('not sent'), [head]),
  answering(
    'HEAD with a length',
    (res) => {
      res.setHeader('Content-Length', 8)
      res.end()
    },
    [head],
  ),
  answering('HTTP/1.0', (res) => res.end('x'), [old]),
  answering(
    'HTTP/1.0, streamed',
    (res) => {
      res.write('a')
      res.end('b')
    },
    [old],
  ),
  answering(
    'HTTP/1.0 that wants to stay, then leaves',
    (res, req) => {
      res.setHeader('Content-Length', 1)
      if (req.url !== '/') res.setHeader('Connection', 'close')
      res.end('x')
    },
    [oldStaying, 'GET /last HTTP/1.0\r\n\r\n'],
  ),
  answering('an answer before the body is read', (res) => res.end('early'), [posting('x'.repeat(10))]),
  answering('a megabyte', (res) => res.end('m'.repeat(1_000_000))),
  answering('a megabyte of bytes in pieces', (res) => {
    for (let i = 0; i < 10; i++) res.write(Buffer.alloc(100_000, 'p'))
    res.end()
  }),
  answering('an answer given in a later tick', (res) => setImmediate(() => res.end('later'))),
  answering('an answer after an await', async (res) => {
    await Promise.resolve()
    res.end('later')
  }),
  answering('cork and uncork', (res) => {
    res.cork()
    res.write('a')
    res.write('b')
    res.uncork()
    res.end()
  }),
]
