import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { IMPLEMENTATIONS } from './implementations.ts'
import { serving } from './serving.ts'

const messages = (socket: WebSocket, count: number): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const received: string[] = []
    socket.on('message', (data) => {
      if (received.push(String(data)) === count) resolve(received)
    })
    socket.on('error', reject)
  })

describe.each(IMPLEMENTATIONS)('ws on %s', (_name, createServer) => {
  test('upgrades, echoes large and many messages, and closes', () => {
    const server = createServer((_req, res) => res.end('plain'))
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', (socket, request) => {
      expect(request.socket).toBeInstanceOf(Socket)
      socket.on('message', (data) => socket.send(data))
    })
    return serving(server, async (origin) => {
      const client = new WebSocket(origin.replace('http', 'ws'))
      await new Promise((resolve) => client.once('open', resolve))
      const large = 'l'.repeat(500_000)
      const got = messages(client, 101)
      client.send(large)
      for (let i = 0; i < 100; i++) client.send(String(i))
      const all = await got
      expect([all[0]?.length, all[100]]).toEqual([large.length, '99'])
      expect(await (await fetch(origin)).text()).toBe('plain')
      const closed = new Promise((resolve) => client.once('close', resolve))
      client.close(1000)
      expect(await closed).toBe(1000)
    })
  })

  test('a refused upgrade is answered', () => {
    const server = createServer()
    server.on('upgrade', (_req, socket) => socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'))
    return serving(server, async (origin) => {
      const client = new WebSocket(origin.replace('http', 'ws'))
      const status = await new Promise((resolve) => {
        client.once('unexpected-response', (_request, response) => resolve(response.statusCode))
        client.on('error', () => {})
      })
      expect(status).toBe(401)
    })
  })

  test('without listeners an upgrade is an ordinary request', () =>
    serving(
      createServer((req, res) => res.end(String('upgrade' in req && req.upgrade))),
      async (origin) => {
        const http = await import('node:http')
        const body = await new Promise((resolve) => {
          http
            .get(
              origin,
              { headers: { Connection: 'Upgrade', Upgrade: 'websocket' }, agent: false },
              (response) => {
                response.on('data', (chunk) => resolve(String(chunk)))
              },
            )
            .end()
        })
        expect(body).toBe('false')
      },
    ))
})
