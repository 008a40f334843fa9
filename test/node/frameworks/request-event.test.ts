import { EventEmitter } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { IMPLEMENTATIONS } from './implementations.ts'
import { serving } from './serving.ts'

/** Status and body of the answer to one request. */
const answered = async (server: http.Server): Promise<[number, string]> =>
  serving(server, async (origin) => {
    const response = await fetch(origin)
    return [response.status, await response.text()]
  })

describe.each(IMPLEMENTATIONS)("'request' on %s", (_name, createServer) => {
  test('a listener is called with the server as `this`', async () => {
    const server = createServer(function (this: unknown, _req, res) {
      res.end(String(this === server))
    })
    expect(await answered(server)).toEqual([200, 'true'])
  })

  test('all listeners are called, in order', async () => {
    const seen: string[] = []
    const server = createServer(() => seen.push('first'))
    server.once('request', () => seen.push('once'))
    server.on('request', (_req: IncomingMessage, res: ServerResponse) => {
      seen.push('last')
      res.end(seen.join())
    })
    expect(await answered(server)).toEqual([200, 'first,once,last'])
  })

  test('a single once listener is called once', async () => {
    let calls = 0
    const server = createServer()
    server.once('request', (_req, res) => res.end(String(++calls)))
    await serving(server, async (origin) => {
      expect(await (await fetch(origin)).text()).toBe('1')
      expect(server.listenerCount('request')).toBe(0)
    })
  })

  test('with captureRejections, the rejection of a listener answers 500', async () => {
    EventEmitter.captureRejections = true
    const server = createServer()
    EventEmitter.captureRejections = false
    server.on('request', async () => {
      throw new Error('broken')
    })
    expect((await answered(server))[0]).toBe(500)
  })

  test('an `emit` that the server has inherited from elsewhere is called', async () => {
    const seen: unknown[] = []
    const server = createServer((_req, res) => res.end('ok'))
    const prototype = Object.create(Object.getPrototypeOf(server) as object) as http.Server
    prototype.emit = function wrapped(this: http.Server, event: string, ...args: unknown[]): boolean {
      seen.push(event)
      return Reflect.apply(http.Server.prototype.emit, this, [event, ...args])
    } as typeof server.emit
    Object.setPrototypeOf(server, prototype)
    expect(await answered(server)).toEqual([200, 'ok'])
    expect(seen).toContain('request')
  })
})
