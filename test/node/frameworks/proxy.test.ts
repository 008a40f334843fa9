import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import httpProxy from 'http-proxy'
import { describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { IMPLEMENTATIONS } from './implementations.ts'
import { serving } from './serving.ts'

const BODY = Buffer.alloc(1_048_576, 'proxied ')

describe.each(IMPLEMENTATIONS)('http-proxy between two servers of %s', (_name, createServer) => {
  test('passes requests, bodies and errors on', () => {
    const target = createServer((req, res) => {
      res.setHeader('X-Forwarded', String(req.headers['x-forwarded-for']))
      req.pipe(res)
    })
    return serving(target, (targetOrigin) => {
      const proxy = httpProxy.createProxyServer({ target: targetOrigin, xfwd: true })
      proxy.on('error', (_error, _req, res) => {
        ;(res as import('node:http').ServerResponse).writeHead(502).end('no target')
      })
      const front = createServer((req, res) => {
        proxy.web(req, res, req.url === '/nowhere' ? { target: 'http://127.0.0.1:1' } : {})
      })
      return serving(front, async (origin) => {
        const echoed = await fetch(`${origin}/echo`, { method: 'POST', body: BODY })
        expect(echoed.headers.get('x-forwarded')).toBe('127.0.0.1')
        expect(Buffer.from(await echoed.arrayBuffer()).equals(BODY)).toBe(true)
        expect(await (await fetch(`${origin}/empty`)).text()).toBe('')
        const failed = await fetch(`${origin}/nowhere`)
        expect([failed.status, await failed.text()]).toEqual([502, 'no target'])
      })
    })
  })

  test('passes WebSockets on, and their end', () => {
    const target = createServer()
    const sockets = new WebSocketServer({ server: target })
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)))
    return serving(target, (targetOrigin) => {
      const proxy = httpProxy.createProxyServer({ target: targetOrigin, ws: true })
      const front = createServer((req, res) => proxy.web(req, res))
      front.on('upgrade', (req, socket: Duplex, head) =>
        proxy.ws(req, socket as import('node:net').Socket, head),
      )
      return serving(front, async (origin) => {
        const client = new WebSocket(origin.replace('http', 'ws'))
        await once(client, 'open')
        for (const message of ['small', 'l'.repeat(300_000)]) {
          client.send(message)
          const [received] = await once(client, 'message')
          expect(String(received)).toBe(message)
        }
        client.close(1000)
        expect((await once(client, 'close'))[0]).toBe(1000)
      })
    })
  })
})
