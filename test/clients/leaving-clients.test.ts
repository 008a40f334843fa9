import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createEngine } from '../../src/engine/server/engine.ts'
import { deferred } from '../support/deferred.ts'
import { serve } from './serve.ts'

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

const open = (port: number): Socket => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => {
    socket.destroy()
  })
  return socket
}

describe.each(['auto', 'stream'] as const)('on read path %s', (transport) => {
  test('a client that half-closes before the answer still gets it, whole (RFC 9112, 9.6)', async () => {
    const asked = deferred()
    const mayAnswer = deferred()
    const body = 'x'.repeat(1_000_000)
    const { engine, port } = await serve(
      async (_req, res) => {
        asked.resolve()
        await mayAnswer.promise
        res.end(body)
      },
      { transport },
    )
    const socket = open(port)
    const halfClosed = once(socket, 'finish')
    socket.end(REQUEST)
    await asked.promise
    await halfClosed
    mayAnswer.resolve()
    const answer = await text(socket)
    expect(answer.startsWith('HTTP/1.1 200 OK\r\n')).toBe(true)
    expect(answer.endsWith(`\r\n\r\n${body}`)).toBe(true)
    await expect.poll(() => engine.stats().connections.open).toBe(0)
    expect(engine.stats()).toMatchObject({ aborted: 0, exchanges: { live: 0 }, deadlines: 0 })
  })

  test('a client that half-closes after pipelined requests gets every answer, in order', async () => {
    const { port } = await serve(
      async (req, res) => {
        for (let i = 9 - Number(req.target.slice(1)); i > 0; i--) await new Promise(setImmediate)
        res.end(`[${req.target}]`)
      },
      { transport },
    )
    const socket = open(port)
    socket.end(Array.from({ length: 10 }, (_, i) => REQUEST.replace('/', `/${i}`)).join(''))
    const answer = await text(socket)
    expect(answer.match(/\[\/\d\]/g)).toEqual(Array.from({ length: 10 }, (_, i) => `[/${i}]`))
  })

  test('a reset in the middle of the answer wakes the writer and aborts the signal', async () => {
    const failed = deferred<unknown>()
    const aborted = deferred<unknown>()
    const { engine, port } = await serve(
      async (req, res) => {
        req.signal.addEventListener('abort', () => aborted.resolve(req.signal.reason))
        try {
          for (;;) if (!res.write(Buffer.alloc(65_536))) await res.drained()
        } catch (error) {
          failed.resolve(error)
        }
        // The client is gone: this goes nowhere and does not throw.
        res.end('too late')
      },
      { transport },
    )
    const socket = open(port)
    socket.write(REQUEST)
    await once(socket, 'data')
    socket.resetAndDestroy()
    expect(await failed.promise).toMatchObject({ code: 'CLIENT_CLOSED' })
    expect(await aborted.promise).toMatchObject({ code: 'CLIENT_CLOSED' })
    await expect.poll(() => engine.stats().exchanges.live).toBe(0)
    expect(engine.stats()).toMatchObject({
      aborted: 1,
      handlerErrors: 0,
      connections: { open: 0 },
      deadlines: 0,
    })
  })

  test('a reset while the handler works takes nothing else down', async () => {
    const asked = deferred()
    const mayAnswer = deferred()
    const errors: unknown[] = []
    const { engine, port } = await serve(
      async (req, res) => {
        if (req.target === '/slow') {
          asked.resolve()
          await mayAnswer.promise
        }
        res.end(req.target)
      },
      { transport, onError: (error) => errors.push(error) },
    )
    const leaving = open(port)
    leaving.write(REQUEST.replace('/', '/slow'))
    await asked.promise
    leaving.resetAndDestroy()
    await expect.poll(() => engine.stats().aborted).toBe(1)
    mayAnswer.resolve()
    await expect.poll(() => engine.stats().exchanges.live).toBe(0)

    const staying = open(port)
    staying.end(REQUEST)
    expect(await text(staying)).toMatch(/\r\n\r\n\/$/)
    expect(errors).toEqual([])
  })
})

test('a stream that fails when it is written to stops its writer at once', async () => {
  const failed = deferred<unknown>()
  let chunks = 0
  const engine = createEngine({}, async (_req, res) => {
    try {
      // Bounded, because a writer that is not stopped would never let the event loop go on.
      while (chunks++ < 10_000) if (!res.write(Buffer.alloc(65_536))) await res.drained()
    } catch (error) {
      failed.resolve(error)
    }
  })
  const stream = new Duplex({
    read: () => {},
    write: (_chunk, _encoding, callback) => callback(new Error('broken pipe')),
    // As a socket does: it is closed when the event loop comes by.
    destroy: (error, callback) => setImmediate(callback, error),
  })
  engine.attach(stream)
  stream.push(REQUEST)
  expect(await failed.promise).toMatchObject({ code: 'CLIENT_CLOSED' })
  expect(chunks).toBeLessThan(5)
  await expect.poll(() => engine.stats().exchanges.live).toBe(0)
  expect(engine.stats()).toMatchObject({ aborted: 1, connections: { open: 0 } })
})
