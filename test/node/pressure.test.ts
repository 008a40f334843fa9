import { createHash, randomBytes } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type http from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from 'vitest'
import { createServer } from '../../src/node/server.ts'
import { serving } from './frameworks/serving.ts'

const MIB = 1_048_576
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

describe('back-pressure', () => {
  test('a slow reader pauses what is piped into the response, and gets all of it', () => {
    let produced = 0
    const chunk = Buffer.alloc(65_536, 'c')
    const server = createServer((_req, res) => {
      const source = new Readable({
        read() {
          produced += chunk.length
          this.push(produced > 32 * MIB ? null : chunk)
        },
      })
      source.pipe(res)
    })
    return serving(server, async (origin) => {
      const socket = connect(Number(new URL(origin).port), '127.0.0.1')
      socket.write('GET / HTTP/1.0\r\n\r\n')
      await once(socket, 'readable')
      for (let before = -1; before !== produced; ) {
        before = produced
        for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve))
      }
      expect(produced).toBeLessThan(24 * MIB)
      let received = 0
      for await (const piece of socket) received += (piece as Buffer).length
      expect(received).toBeGreaterThanOrEqual(32 * MIB)
    })
  })

  test('what is written last, and the end with it, reaches a reader that was slow', () => {
    const size = 8 * MIB
    const server = createServer((_req, res) => {
      res.write(Buffer.alloc(size), () => {})
      setImmediate(() => {
        // Asks to be told in the turn that ends the connection.
        res.write('x', () => {})
        res.end()
      })
    })
    return serving(server, async (origin) => {
      const socket = connect(Number(new URL(origin).port), '127.0.0.1')
      socket.write('GET / HTTP/1.0\r\n\r\n')
      await once(socket, 'readable')
      for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve))
      let received = ''
      for await (const piece of socket) received = (received + (piece as Buffer).toString('latin1')).slice(-8)
      expect(received.at(-1)).toBe('x')
    })
  })

  test('a request that is not read pauses its client, and is whole when it is', () => {
    const body = randomBytes(20 * MIB)
    let buffered = 0
    const server = createServer(async (req, res) => {
      for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve))
      buffered = req.readableLength
      const chunks: Buffer[] = []
      for await (const piece of req) chunks.push(piece as Buffer)
      res.end(sha(Buffer.concat(chunks)))
    })
    return serving(server, async (origin) => {
      const response = await fetch(origin, { method: 'POST', body })
      expect(await response.text()).toBe(sha(body))
      expect(buffered).toBeLessThan(MIB)
    })
  })

  test('a large upload is echoed through pipeline()', () => {
    const body = randomBytes(20 * MIB)
    const server = createServer((req, res) => void pipeline(req, res))
    return serving(server, async (origin) => {
      const response = await fetch(origin, { method: 'POST', body })
      expect(sha(new Uint8Array(await response.arrayBuffer()))).toBe(sha(body))
    })
  })

  test('write() tells its callbacks, and false is followed by drain', () => {
    const server = createServer((_req, res) => {
      const told: string[] = []
      const goesOn = res.write(Buffer.alloc(4 * MIB), () => told.push('written'))
      told.push(String(goesOn), String(res.writableNeedDrain))
      res.on('drain', () => {
        told.push('drain', String(res.writableNeedDrain))
        res.end()
      })
      res.on('finish', () => notes.push(told))
    })
    const notes: string[][] = []
    return serving(server, async (origin) => {
      await (await fetch(origin)).arrayBuffer()
      expect([...(notes[0] as string[])].sort()).toEqual(['drain', 'false', 'false', 'true', 'written'])
    })
  })
})

describe('timeouts', () => {
  test('a head that does not come is a clientError with the code of node:http', async () => {
    const server = createServer({ headersTimeout: 150 })
    const told = once(server, 'clientError')
    await serving(server, async () => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      socket.on('error', () => {}).write('GET / HTTP/1.1\r\n')
      const [error, peer] = await told
      expect(error.code).toBe('ERR_HTTP_REQUEST_TIMEOUT')
      peer.destroy()
      socket.destroy()
    })
  })
})

describe('diagnostics_channel', () => {
  test('tells of every request and response', () => {
    const told: string[] = []
    const onStart = (message: unknown): void => {
      const { request, response, socket, server } = message as Record<string, unknown>
      told.push(`start ${(request as http.IncomingMessage).url} ${response && socket && server ? 'all' : ''}`)
    }
    const onFinish = (message: unknown): void => {
      told.push(`finish ${(message as { response: http.ServerResponse }).response.statusCode}`)
    }
    subscribe('http.server.request.start', onStart)
    subscribe('http.server.response.finish', onFinish)
    return serving(
      createServer((_req, res) => res.end('x')),
      async (origin) => {
        await (await fetch(`${origin}/a`)).text()
        unsubscribe('http.server.request.start', onStart)
        unsubscribe('http.server.response.finish', onFinish)
        expect(told).toEqual(['start /a all', 'finish 200'])
      },
    )
  })
})

test('an error that a listener throws is uncaught, as with node:http, and the server goes on', () => {
  const server = createServer((req, res) => {
    if (req.url === '/throw') throw new Error('mine')
    res.end('x')
  })
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  const thrown = once(process, 'uncaughtException')
  return serving(server, async (origin) => {
    const lost = fetch(`${origin}/throw`).catch(() => 'lost')
    expect((await thrown)[0]).toMatchObject({ message: 'mine' })
    for (const listener of listeners) process.on('uncaughtException', listener)
    expect(await (await fetch(origin)).text()).toBe('x')
    server.closeAllConnections()
    expect(await lost).toBe('lost')
  })
})
