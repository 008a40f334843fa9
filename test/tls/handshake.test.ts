import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Engine, type Handler, type ServerOptions } from '../../src/engine/server/engine.ts'
import { ManualClock } from '../../src/engine/time/manual-clock.ts'
import { get, parseAnswers } from '../support/answers.ts'
import { Doors } from '../support/deferred.ts'
import { canMakeCertificates, certificate } from './certificates.ts'
import { replyOverTls, secureConnect } from './tls-client.ts'

const whoAsks: Handler = (req, res) => res.end(`${req.remoteAddress} ${req.remotePort > 0} ${req.encrypted}`)

const serve = async (
  options: ServerOptions = {},
  handler: Handler = whoAsks,
): Promise<{ engine: Engine; port: number; clock: ManualClock }> => {
  const clock = new ManualClock()
  const engine = new Engine({ tls: certificate('localhost'), ...options }, handler, clock)
  onTestFinished(async () => {
    await engine.drain({ graceMs: 0 })
  })
  const { port } = await engine.listen({ host: '127.0.0.1' })
  return { engine, port, clock }
}

/** A TCP connection, and what comes of it. */
const connectPlain = async (port: number): Promise<{ socket: Socket; ended: Promise<unknown> }> => {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  socket.resume()
  const ended = once(socket, 'close')
  await once(socket, 'connect')
  return { socket, ended }
}

const arrived = (engine: Engine, count: number): Promise<void> =>
  vi.waitFor(() => expect(engine.stats().connections.arriving).toBe(count))

describe.skipIf(!canMakeCertificates)('A TLS handshake', () => {
  test('makes a request encrypted, with the address of its client', async () => {
    const { engine, port } = await serve()
    const { text } = await replyOverTls(port, [get('/')])
    expect(parseAnswers(text)[0]?.body).toBe('127.0.0.1 true true')
    expect(engine.stats()).toMatchObject({ handshakes: 1, connections: { accepted: 1 } })
  })

  test('agrees on http/1.1, also where h2 is preferred (RFC 7301, 3.2)', async () => {
    const { port } = await serve()
    const socket = await secureConnect(port, { ALPNProtocols: ['h2', 'http/1.1'] })
    expect(socket.alpnProtocol).toBe('http/1.1')
    socket.destroy()
  })

  test('without a protocol in common is ended with an alert (RFC 7301, 3.2)', async () => {
    const { engine, port } = await serve()
    await expect(secureConnect(port, { ALPNProtocols: ['h2'] })).rejects.toMatchObject({
      code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    })
    await vi.waitFor(() => expect(engine.stats().connections.closed.handshakeFailed).toBe(1))
    expect(engine.stats()).toMatchObject({ handshakes: 0, connections: { open: 0, arriving: 0 } })
  })

  test.each([
    ['plain HTTP', get('/')],
    ['noise', '\0'.repeat(100)],
    ['half a record, and its end', '\x16\x03\x01'],
  ])('of %s fails, is counted, and the engine serves on', async (_name, bytes) => {
    const { engine, port } = await serve()
    const { socket, ended } = await connectPlain(port)
    socket.end(bytes, 'latin1')
    await ended
    await vi.waitFor(() => expect(engine.stats().connections.closed.handshakeFailed).toBe(1))
    expect(parseAnswers((await replyOverTls(port, [get('/')])).text)).toHaveLength(1)
  })

  test('that its client breaks off in the middle is counted', async () => {
    const { engine, port } = await serve()
    const { socket } = await connectPlain(port)
    await arrived(engine, 1)
    socket.resetAndDestroy()
    await vi.waitFor(() => expect(engine.stats().connections.closed.handshakeFailed).toBe(1))
    expect(engine.stats().connections).toMatchObject({ open: 0, arriving: 0 })
  })

  test('that takes longer than handshakeTimeoutMs is closed, and no other is', async () => {
    const { engine, port, clock } = await serve({ handshakeTimeoutMs: 3_000, firstByteTimeoutMs: 0 })
    const { ended } = await connectPlain(port)
    await arrived(engine, 1)
    const socket = await secureConnect(port)
    await vi.waitFor(() => expect(engine.stats().handshakes).toBe(1))
    clock.advance(2_900)
    expect(engine.stats().timeouts.handshake).toBe(0)
    clock.advance(300)
    await ended
    await arrived(engine, 0)
    expect(engine.stats()).toMatchObject({
      timeouts: { handshake: 1 },
      connections: { open: 1, closed: { handshakeTimeout: 1, handshakeFailed: 0 } },
    })
    socket.destroy()
  })

  test('beyond maxHandshakes is reset, and there is room again when one ends', async () => {
    const { engine, port } = await serve({ maxHandshakes: 1 })
    const first = await connectPlain(port)
    await arrived(engine, 1)
    // The reset may come before the client has seen that it is connected.
    const second = connect({ port, host: '127.0.0.1' }).on('error', () => {})
    await new Promise((resolve) => second.on('close', resolve))
    await vi.waitFor(() => expect(engine.stats().connections.closed.refusedByReset).toBe(1))
    expect(engine.stats().refused).toEqual({ TOO_MANY_HANDSHAKES: 1 })
    first.socket.destroy()
    await arrived(engine, 0)
    expect(parseAnswers((await replyOverTls(port, [get('/')])).text)).toHaveLength(1)
  })

  test('with a certificate that is asked for lets only known clients in', async () => {
    const client = certificate('client')
    const tls = { ...certificate('localhost'), requestCert: true, ca: client.cert }
    const { engine, port } = await serve({ tls })
    const known = await secureConnect(port, client)
    known.write(get('/', 'Connection: close\r\n'))
    const [answer] = await once(known, 'data')
    expect(String(answer)).toContain('200 OK')
    // TLS 1.3: the client has agreed before the server refuses it.
    const unknown = await secureConnect(port, certificate('stranger')).catch(() => null)
    unknown?.on('error', () => {})
    await vi.waitFor(() => expect(engine.stats().connections.closed.handshakeFailed).toBe(1))
    expect(engine.stats().handshakes).toBe(1)
  })

  test('that is under way when the engine drains is served, with Connection: close', async () => {
    const doors = new Doors()
    const tls = {
      ...certificate('localhost'),
      sni: async () => {
        doors.open('asked')
        await doors.pass('go')
        return undefined
      },
    }
    const { engine, port } = await serve({ tls })
    const connecting = secureConnect(port, { servername: 'localhost' })
    await doors.pass('asked')
    const drained = engine.drain({ idleGraceMs: 5_000 })
    expect(engine.isReady).toBe(false)
    doors.open('go')
    const socket = await connecting
    socket.write(get('/'))
    const [answer] = await once(socket, 'data')
    expect(parseAnswers(String(answer))[0]).toMatchObject({ status: 200, fields: { connection: 'close' } })
    socket.destroy()
    expect(await drained).toMatchObject({ finished: 1, aborted: 0 })
  })

  test('that hangs is broken off when the time of a drain is over', async () => {
    const { engine, port, clock } = await serve({ handshakeTimeoutMs: 0 })
    const { ended } = await connectPlain(port)
    await arrived(engine, 1)
    const drained = engine.drain({ graceMs: 500, idleGraceMs: 0 })
    clock.advance(700)
    await ended
    await drained
    expect(engine.stats().connections).toMatchObject({ open: 0, arriving: 0, closed: { forced: 1 } })
  })
})

describe.skipIf(!canMakeCertificates)('A TLS connection', () => {
  test('beyond maxConnections is told so (RFC 9110, 15.6.4)', async () => {
    const { engine, port } = await serve({ maxConnections: 1 })
    const first = await secureConnect(port)
    await vi.waitFor(() => expect(engine.stats().handshakes).toBe(1))
    const { text } = await replyOverTls(port, [get('/')])
    expect(parseAnswers(text)).toMatchObject([{ status: 503, fields: { connection: 'close' } }])
    first.destroy()
  })

  test('that its client has half-closed is still answered', async () => {
    const doors = new Doors()
    const { port } = await serve({}, async (req, res) => {
      req.signal.addEventListener('abort', () => doors.open('ended'))
      await doors.pass('ended')
      res.end('late')
    })
    const { text } = await replyOverTls(port, [get('/')])
    expect(parseAnswers(text)[0]?.body).toBe('late')
  })

  test('whose client reads nothing runs out of writeTimeoutMs, and one that reads does not', async () => {
    const { engine, port, clock } = await serve(
      { writeTimeoutMs: 2_000, minDrainBytesPerSecond: 0 },
      (_req, res) => res.end('x'.repeat(30_000_000)),
    )
    const stuck = await secureConnect(port)
    const reader = await secureConnect(port)
    for (const socket of [stuck, reader])
      socket
        .pause()
        .on('error', () => {})
        .write(get('/'))
    await vi.waitFor(() => expect(engine.stats().responses['2xx']).toBe(2))
    for (let second = 0; second < 4; second++) {
      // Enough for the kernel to take something more; never all.
      let taken = 0
      while (taken < 4_000_000) {
        const chunk: Buffer | null = reader.read()
        if (chunk === null) await once(reader, 'readable')
        else taken += chunk.length
      }
      await new Promise((resolve) => setImmediate(resolve))
      clock.advance(1_000)
    }
    expect(engine.stats()).toMatchObject({ timeouts: { write: 1 }, connections: { open: 1 } })
    for (const socket of [stuck, reader]) socket.destroy()
  })
})
