import { once } from 'node:events'
import http from 'node:http'
import { text } from 'node:stream/consumers'
import { Agent, request } from 'undici'
import { describe, expect, test } from 'vitest'
import { IMPLEMENTATIONS } from './implementations.ts'
import { serving } from './serving.ts'

const SOCKETS = 6
const REQUESTS = 600

/** Numbers every request, and counts the connections they came over. */
const counting = (createServer: typeof http.createServer) => {
  const seen = { connections: 0 }
  const server = createServer((req, res) => {
    const answer = `${req.method} ${req.url}`
    if (req.method === 'GET') res.end(answer)
    else req.resume().on('end', () => setImmediate(() => res.end(answer)))
  })
  server.on('connection', () => {
    seen.connections++
  })
  return { server, seen }
}

/** Answers of as many requests as one client sends, `SOCKETS` at a time, every third with a body. */
const askAll = async (ask: (method: 'GET' | 'POST', path: string) => Promise<string>): Promise<string[]> => {
  const wrong: string[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < REQUESTS) {
      const path = `/${next++}`
      const method = next % 3 === 0 ? 'POST' : 'GET'
      const answer = await ask(method, path)
      if (answer !== `${method} ${path}`) wrong.push(`${method} ${path}: ${answer}`)
    }
  }
  await Promise.all(Array.from({ length: SOCKETS }, worker))
  return wrong
}

describe.each(IMPLEMENTATIONS)('keep-alive with %s', (_name, createServer) => {
  test('the agent of node:http uses its sockets again', () => {
    const { server, seen } = counting(createServer)
    return serving(server, async (origin) => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: SOCKETS })
      const ask = async (method: string, path: string): Promise<string> => {
        const sent = http.request(origin + path, { method, agent })
        sent.end(method === 'POST' ? 'body' : undefined)
        const [response] = (await once(sent, 'response')) as [http.IncomingMessage]
        return text(response)
      }
      expect(await askAll(ask)).toEqual([])
      expect(seen.connections).toBeLessThanOrEqual(SOCKETS)
      agent.destroy()
    })
  })

  test("undici's agent uses its sockets again", () => {
    const { server, seen } = counting(createServer)
    return serving(server, async (origin) => {
      const dispatcher = new Agent({ connections: SOCKETS })
      const ask = async (method: 'GET' | 'POST', path: string): Promise<string> => {
        const { body } = await request(origin + path, {
          method,
          dispatcher,
          ...(method === 'POST' ? { body: 'body' } : {}),
        })
        return body.text()
      }
      expect(await askAll(ask)).toEqual([])
      expect(seen.connections).toBeLessThanOrEqual(SOCKETS)
      await dispatcher.close()
    })
  })

  test('undici pipelines, and gets its answers in order', () => {
    const { server, seen } = counting(createServer)
    return serving(server, async (origin) => {
      const dispatcher = new Agent({ connections: 1, pipelining: 10 })
      const ask = async (path: string): Promise<string> => {
        const { body } = await request(origin + path, { dispatcher })
        return body.text()
      }
      const paths = Array.from({ length: 100 }, (_, i) => `/${i}`)
      expect(await Promise.all(paths.map(ask))).toEqual(paths.map((path) => `GET ${path}`))
      expect(seen.connections).toBe(1)
      await dispatcher.close()
    })
  })

  test('a client that is told of keepAliveTimeout does not reuse a socket after it', () => {
    const server = createServer({ keepAliveTimeout: 3_000 }, (_req, res) => res.end('x'))
    return serving(server, async (origin) => {
      const { headers } = await fetch(origin)
      expect([headers.get('connection'), headers.get('keep-alive')]).toEqual(['keep-alive', 'timeout=3'])
    })
  })

  test('a browser that opens connections ahead, leaves some idle and closes them disturbs nobody', () => {
    const { server, seen } = counting(createServer)
    return serving(server, async (origin) => {
      const { connect } = await import('node:net')
      const port = Number(new URL(origin).port)
      const ahead = Array.from({ length: SOCKETS }, () => connect(port, '127.0.0.1'))
      await Promise.all(ahead.map((socket) => once(socket, 'connect')))
      const [first, second, ...idle] = ahead
      for (const socket of [first, second]) {
        socket?.write('GET /page HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n')
        expect(String((await once(socket as NodeJS.EventEmitter, 'data'))[0])).toMatch(/GET \/page$/)
      }
      for (const socket of idle) socket.destroy()
      second?.end()
      first?.write('GET /again HTTP/1.1\r\nHost: a\r\n\r\n')
      expect(String((await once(first as NodeJS.EventEmitter, 'data'))[0])).toMatch(/GET \/again$/)
      expect(seen.connections).toBe(SOCKETS)
      first?.destroy()
    })
  })
})
