import { once } from 'node:events'
import type { RequestListener, ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { createServer, type Server } from '../../src/node/server.ts'
import { get, parseAnswers } from '../support/answers.ts'

const listen = async (listener: RequestListener): Promise<{ server: Server; open: () => Socket }> => {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => server.closeAllConnections())
  const { port } = server.address() as AddressInfo
  return { server, open: () => connect({ port, host: '127.0.0.1' }) }
}

const connectionsOf = (received: string): (string | undefined)[] =>
  parseAnswers(received).map(({ fields }) => fields.connection)

test('a server drains with the same call as an engine, and is not ready from then on', async () => {
  const { server, open } = await listen((req, res) => {
    res.end(req.url)
  })
  expect(server.isReady).toBe(true)
  const [asks, silent] = [open(), open()]
  for (const socket of [asks, silent]) socket.write(get('/first'))
  const received = [asks, silent].map((socket) => text(socket))
  await expect.poll(() => server.stats().responses['2xx']).toBe(2)
  const drained = server.drain({ idleGraceMs: 300 })
  expect(server.isReady).toBe(false)
  expect(server.drain()).toBe(drained)
  asks.write(get('/second'))
  const [answered = '', closed = ''] = await Promise.all(received)
  expect(connectionsOf(answered)).toEqual(['keep-alive', 'close'])
  expect(connectionsOf(closed)).toEqual(['keep-alive'])
  expect(await drained).toMatchObject({ finished: 1, idleClosed: 1, aborted: 0 })
  expect(server.listening).toBe(false)
})

test('requests under way are answered; only the last of a connection says close (RFC 9112, 9.6)', async () => {
  const waiting: ServerResponse[] = []
  const { server, open } = await listen((_req, res) => {
    waiting.push(res)
  })
  const socket = open()
  const received = text(socket)
  socket.write(get('/1') + get('/2') + get('/3'))
  await expect.poll(() => waiting.length).toBe(3)
  const drained = server.drain()
  for (const res of waiting) {
    res.writeHead(200, { 'Content-Length': 2 })
    res.end('ok')
  }
  expect(connectionsOf(await received)).toEqual(['keep-alive', 'keep-alive', 'close'])
  expect(await drained).toMatchObject({ finished: 3, aborted: 0 })
})

test('while it is unready first, answers are not the last; those still under way after that are', async () => {
  const waiting: ServerResponse[] = []
  const { server, open } = await listen((_req, res) => {
    waiting.push(res)
  })
  const drained = server.drain({ unreadyMs: 400 })
  expect([server.isReady, server.listening]).toEqual([false, true])
  const [early, late] = [open(), open()]
  const received = text(late)
  early.write(get('/early'))
  await expect.poll(() => waiting.length).toBe(1)
  waiting[0]?.end()
  const [answer] = await once(early, 'data')
  expect(connectionsOf(String(answer))).toEqual(['keep-alive'])
  early.destroy()
  late.write(get('/late'))
  await expect.poll(() => server.listening, { timeout: 5_000 }).toBe(false)
  waiting[1]?.end()
  expect(connectionsOf(await received)).toEqual(['close'])
  expect(await drained).toMatchObject({ finished: 1, aborted: 0 })
})

test('what is unanswered at the deadline is broken off and counted', async () => {
  let begun = false
  const { server, open } = await listen(() => {
    begun = true
  })
  const socket = open().on('error', () => {})
  socket.write(get('/'))
  await expect.poll(() => begun).toBe(true)
  expect(await server.drain({ graceMs: 200 })).toMatchObject({ finished: 0, aborted: 1 })
})

test('close() still does what node:http does: it closes idle connections at once', async () => {
  const { server, open } = await listen((_req, res) => {
    res.end()
  })
  const socket = open()
  const received = text(socket)
  socket.write(get('/'))
  await expect.poll(() => server.stats().responses['2xx']).toBe(1)
  const closed = new Promise((resolve) => server.close(resolve))
  expect(connectionsOf(await received)).toEqual(['keep-alive'])
  await closed
})
