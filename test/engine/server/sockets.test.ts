import { createHash } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createEngine, type Engine, type Handler } from '../../../src/engine/server/engine.ts'
import type { EngineOptions } from '../../../src/options.ts'
import { get } from '../../support/answers.ts'

const HOST = '127.0.0.1'
const engines: Engine[] = []

const listen = async (
  handler: Handler,
  options: EngineOptions,
): Promise<{ engine: Engine; port: number }> => {
  const engine = createEngine({ onError: () => {}, ...options }, handler)
  engines.push(engine)
  const { port } = await engine.listen({ host: HOST, port: 0 })
  return { engine, port }
}

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.on('close', () => resolve()))

/** Looks with each turn of the event loop; a test that waits in vain ends by its own timeout. */
const until = async (isReached: () => boolean): Promise<void> => {
  while (!isReached()) await new Promise(setImmediate)
}

afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.drain({ graceMs: 0 })
})

const PIECES = 400

/** Text, small arrays and large ones in turn, each of which the engine writes in a way of its own. */
function* pieces(): Generator<string | Uint8Array> {
  for (let i = 0; i < PIECES; i++) {
    if (i % 3 === 0) yield `text ${i} é `.repeat(1 + (i % 50))
    else yield Buffer.alloc(i % 3 === 1 ? 100 : 40_000, i)
  }
}

const digest = (chunks: Iterable<string | Uint8Array>): string => {
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

describe.each(['auto', 'stream'] as const)('sockets with the transport %s', (transport) => {
  test('text and bytes leave in order when the client is slower than the handler', async () => {
    const { engine, port } = await listen(
      async (_req, res) => {
        res.setHeader('Connection', 'close')
        for (const piece of pieces()) if (!res.write(piece)) await res.drained()
        res.end()
      },
      { transport, highWaterBytes: 65_536 },
    )
    const received: Buffer[] = []
    const socket = connect({ host: HOST, port }, () => socket.write('GET / HTTP/1.0\r\n\r\n'))
    // Reads a little, then lets the kernel's buffers fill up again.
    socket.on('data', (chunk) => {
      received.push(chunk)
      socket.pause()
      setImmediate(() => setImmediate(() => socket.resume()))
    })
    await closed(socket)
    const answer = Buffer.concat(received)
    const body = answer.subarray(answer.indexOf('\r\n\r\n') + 4)
    expect(digest([body])).toBe(digest(pieces()))
    await until(() => engine.stats().connections.open === 0)
  })

  test('a reset by the client is a socket error with its code, and rejects what waits for the client', async () => {
    const failures: unknown[] = []
    const { engine, port } = await listen(
      async (_req, res) => {
        try {
          for (;;) if (!res.write(Buffer.alloc(65_536))) await res.drained()
        } catch (error) {
          failures.push(error)
        }
      },
      { transport },
    )
    const socket = connect({ host: HOST, port }, () => socket.write(get('/')))
    socket.once('data', () => {
      socket.pause()
      // Once the engine waits for room.
      setImmediate(() => socket.resetAndDestroy())
    })
    await closed(socket)
    await until(() => engine.stats().connections.open === 0 && failures.length === 1)
    expect(engine.stats().connections.closed).toMatchObject({ socketError: 1 })
    expect(failures).toMatchObject([{ code: 'CLIENT_CLOSED', cause: { syscall: expect.any(String) } }])
    expect(['ECONNRESET', 'EPIPE']).toContain((failures[0] as { cause: { code: string } }).cause.code)
  })

  test('a connection that both sides have ended is closed at once', async () => {
    const { engine, port } = await listen((_req, res) => res.end('bye'), {
      transport,
      lingerTimeoutMs: 60_000,
    })
    const socket = connect({ host: HOST, port, allowHalfOpen: true }, () => socket.end(get('/')))
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk
    })
    await closed(socket)
    expect(text.endsWith('bye')).toBe(true)
    await until(() => engine.stats().connections.open === 0)
    expect(engine.stats().connections.closed).toMatchObject({ client: 1 })
  })

  test('a client that has ended is served until it has everything it asked for', async () => {
    const { port } = await listen(
      async (_req, res) => {
        await new Promise(setImmediate)
        res.end('late')
      },
      { transport },
    )
    const socket = connect({ host: HOST, port, allowHalfOpen: true }, () => socket.end(get('/').repeat(3)))
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk
    })
    await closed(socket)
    expect(text.match(/late/g)).toHaveLength(3)
  })

  test('nothing is written to a connection that is broken off while it still has bytes to send', async () => {
    const { engine, port } = await listen(
      (_req, res) => {
        res.write(Buffer.alloc(8 * 1_048_576))
        res.destroy()
        res.write('more')
      },
      { transport },
    )
    const socket = connect({ host: HOST, port }, () => socket.write(get('/')))
    socket.on('error', () => {})
    socket.resume()
    await closed(socket)
    expect(socket.bytesRead).toBeLessThan(8 * 1_048_576)
    await until(() => engine.stats().connections.open === 0)
    expect(engine.stats().connections.closed).toMatchObject({ handlerAbort: 1 })
  })
})
