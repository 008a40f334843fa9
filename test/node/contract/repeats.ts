import type http from 'node:http'
import { closing, staying } from './messages.ts'
import type { Scenario } from './transcript.ts'

type Answer = (res: http.ServerResponse, turn: number) => void

const SAME = [staying('/0'), staying('/1'), staying('/2'), staying('/3'), closing('/4')]
const LAST = SAME.length - 1

const DATE = /Date: .*\r\n/

/** One answer after the other on one connection: what is remembered of one must not show in the next. */
const repeating = (name: string, answer: Answer, options: http.ServerOptions = {}): Scenario => ({
  name: `again and again: ${name}`,
  options,
  send: SAME,
  serve: (server, note) =>
    server.on('request', (req, res) => {
      answer(res, Number(req.url?.slice(1)))
      const inner = res as unknown as Record<string, unknown>
      note(
        String(inner._header).replace(DATE, ''),
        inner._contentLength,
        res.statusMessage,
        res.chunkedEncoding,
        res.headersSent,
      )
      note(JSON.stringify(res.getHeaders()), res.hasHeader('content-length'))
    }),
})

export const REPEATS: readonly Scenario[] = [
  repeating('a string', (res) => res.end('hello')),
  repeating('fields of several kinds', (res) => {
    res.setHeader('Content-Type', 'text/plain')
    res.setHeader('X-Number', 5)
    res.setHeader('Set-Cookie', ['a=1', 'b=2'])
    res.end('hello')
  }),
  repeating('the same length, other values', (res, turn) => {
    res.setHeader('X-Turn', String(turn >> 1)).end('hello')
  }),
  repeating('the same values, other names', (res, turn) => {
    res.setHeader(turn % 2 ? 'x-turn' : 'X-Turn', 'same').end('hello')
  }),
  repeating('one field more each time', (res, turn) => {
    for (let i = 0; i < turn; i++) res.setHeader(`X-${i}`, 'same')
    res.end('hello')
  }),
  repeating('fields beyond ASCII', (res) => {
    res.setHeader('X-Name', 'n\xe4he').end('hello')
  }),
  repeating('text beyond ASCII', (res) => res.end('n\xe4he \u2713')),
  repeating('writeHead with fields', (res) => {
    res.writeHead(200, { 'Content-Type': 'text/plain', 'X-Number': 5 }).end('hello')
  }),
  repeating('writeHead with a length', (res) => {
    res.writeHead(200, { 'content-length': '5' }).end('hello')
  }),
  repeating('writeHead with and without a message', (res, turn) => {
    if (turn % 2) res.writeHead(200, 'Fine', { 'X-A': 'b' })
    else res.writeHead(200, undefined, { 'X-A': 'b' })
    res.end('hello')
  }),
  repeating('writeHead over setHeader', (res) => {
    res.setHeader('X-A', 'a')
    res.writeHead(201, { 'X-A': 'b', 'X-B': 'c' }).end('hello')
  }),
  repeating('writeHead with fields that are arrays', (res, turn) => {
    if (turn % 2) res.writeHead(200, { 'X-A': ['a', 'b'] })
    else res.writeHead(200, ['X-A', 'a', 'X-A', 'b'])
    res.end('hello')
  }),
  repeating('writeHead and pieces', (res) => {
    res.writeHead(200, { 'X-A': 'b' })
    res.write('hel')
    res.end('lo')
  }),
  repeating('writeHead and end without a body', (res) => {
    res.writeHead(200, { 'X-A': 'b' }).end()
  }),
  repeating('writeHead with Connection', (res, turn) => {
    res.writeHead(200, { Connection: turn < LAST ? 'keep-alive' : 'close' }).end('hello')
  }),
  repeating('fields that writeHead refuses', (res) => {
    const attempts = [{ 'X-A': 'a\nb' }, { 'X A': 'b' }, { 'X-A': undefined }]
    for (const fields of attempts) {
      try {
        res.writeHead(200, fields as never)
      } catch (error) {
        res.setHeader('X-Code', (error as NodeJS.ErrnoException).code as string)
      }
    }
    if (!res.headersSent) res.end('hello')
  }),
  repeating('Content-Length removed', (res) => {
    res.removeHeader('Content-Length')
    res.end('hello')
  }),
  repeating('Content-Length removed, then set', (res, turn) => {
    res.removeHeader('Content-Length')
    res.setHeader('Content-Length', turn % 2 ? '5' : 5).end('hello')
  }),
  repeating('Transfer-Encoding removed', (res) => {
    res.removeHeader('Transfer-Encoding')
    res.end('hello')
  }),
  repeating('Transfer-Encoding removed before pieces', (res) => {
    res.removeHeader('Transfer-Encoding')
    res.write('hel')
    res.end('lo')
  }),
  repeating('Date left out', (res, turn) => {
    res.sendDate = turn % 2 === 0
    res.end('hello')
  }),
  repeating('no body allowed', (res, turn) => {
    res.statusCode = turn % 2 ? 204 : 304
    res.end()
  }),
  repeating('flushHeaders', (res) => {
    res.setHeader('X-A', 'b')
    res.flushHeaders()
    res.end('hello')
  }),
  repeating('unique fields', (res) => res.setHeader('X-A', ['a', 'b']).end('hello'), {
    uniqueHeaders: ['x-a'],
  }),
]
