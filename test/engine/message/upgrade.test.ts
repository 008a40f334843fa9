import { connect, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createEngine, type ServerOptions } from '../../../src/engine/server/engine.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'
import { echoHandler } from '../../support/wire.ts'

const UPGRADE = 'GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'
const CONNECT = 'CONNECT example:443 HTTP/1.1\r\nHost: example:443\r\n\r\n'

/** Answers 101 or 200 and echoes what follows, in upper case. */
const onUpgrade: ServerOptions['onUpgrade'] = (req, stream, head) => {
  const status = req.method === 'CONNECT' ? '200 OK' : '101 Switching Protocols'
  stream.write(`HTTP/1.1 ${status}\r\nX-For: ${req.target} ${req.headers.get('upgrade') ?? '-'}\r\n\r\n`)
  if (head.length > 0) stream.write(head.toString().toUpperCase())
  stream.on('data', (chunk: Buffer) => stream.write(chunk.toString().toUpperCase()))
  stream.on('end', () => stream.end(`bye ${req.target}`))
}

const talk = (port: number, first: string): { socket: Socket; seen: () => string; ended: Promise<void> } => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.write(first)
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => resolve())
    socket.on('end', () => socket.end())
  })
  return { socket, seen: () => text, ended }
}

const until = async (isDone: () => boolean): Promise<void> => {
  for (let i = 0; i < 2_000 && !isDone(); i++) await new Promise((resolve) => setImmediate(resolve))
}

describe('upgrade and CONNECT (RFC 9110, 7.8 and 9.3.6)', () => {
  for (const transport of ['auto', 'stream'] as const) {
    for (const [name, request, status] of [
      ['Upgrade', UPGRADE, '101 Switching Protocols'],
      ['CONNECT', CONNECT, '200 OK'],
    ] as const) {
      test(`${name} hands the stream over with the bytes already read, read path ${transport}`, async () => {
        const engine = createEngine({ transport, onUpgrade }, echoHandler)
        const { port } = await engine.listen({ host: '127.0.0.1' })
        const { socket, seen, ended } = talk(port, `GET /first HTTP/1.1\r\nHost: h\r\n\r\n${request}early `)
        await until(() => seen().includes('EARLY'))
        expect(seen()).toContain('GET /first []')
        expect(seen()).toContain(`HTTP/1.1 ${status}\r\n`)
        socket.write('late')
        await until(() => seen().includes('LATE'))
        socket.end()
        await ended
        expect(seen().slice(seen().indexOf('EARLY'))).toMatch(/^EARLY LATEbye /)
        const report = await engine.drain({ graceMs: 1_000 })
        expect(report.aborted).toBe(0)
        expect(engine.stats().exchanges.live).toBe(0)
        expect(engine.stats().connections.open).toBe(0)
      })
    }
  }

  test('the upgrade waits for earlier answers, and what follows it is kept', async () => {
    let release = (): void => {}
    const server = new MemoryServer(
      async (_req, res) => {
        await new Promise<void>((resolve) => {
          release = resolve
        })
        res.end('slow')
      },
      { onUpgrade },
    )
    const peer = server.connect()
    peer.receive(`GET / HTTP/1.1\r\nHost: h\r\n\r\n${UPGRADE}one `)
    await settle()
    expect(peer.written).toBe('')
    release()
    await settle()
    expect(peer.written).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*slowHTTP\/1\.1 101 Switching/)
    expect(peer.written.endsWith('ONE ')).toBe(true)
  })

  test('without onUpgrade, Upgrade is ignored and CONNECT refused with 501', async () => {
    const server = new MemoryServer(echoHandler)
    const peer = server.connect()
    peer.receive(`${UPGRADE}GET /after HTTP/1.1\r\nHost: h\r\n\r\n`)
    await settle()
    expect(peer.written.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
    const tunnel = server.connect()
    tunnel.receive(CONNECT)
    await settle()
    expect(tunnel.written).toContain('HTTP/1.1 501 Not Implemented')
    expect(tunnel.isEnded).toBe(true)
  })

  test('Upgrade on HTTP/1.0 or with a body is an ordinary request', async () => {
    const server = new MemoryServer(echoHandler, { onUpgrade })
    const peer = server.connect()
    peer.receive('GET /old HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n')
    await settle()
    expect(peer.written).toContain('GET /old []')
    const other = server.connect()
    other.receive(
      'POST /b HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\nContent-Length: 2\r\n\r\nhiGET /next HTTP/1.1\r\nHost: h\r\n\r\n',
    )
    await settle()
    expect(other.written).toContain('POST /b [hi]')
    expect(other.written).toContain('GET /next []')
  })

  test('a handler that throws takes only its own connection down', async () => {
    const errors: unknown[] = []
    const engine = createEngine(
      {
        onError: (error) => errors.push(error),
        onUpgrade: () => {
          throw new Error('no')
        },
      },
      echoHandler,
    )
    const { port } = await engine.listen({ host: '127.0.0.1' })
    const { ended } = talk(port, UPGRADE)
    await ended
    expect(errors).toHaveLength(1)
    await engine.drain()
  })

  test('a drain ends what was upgraded when its grace is over', async () => {
    const engine = createEngine({ onUpgrade }, echoHandler)
    const { port } = await engine.listen({ host: '127.0.0.1' })
    const { seen, ended } = talk(port, UPGRADE)
    await until(() => seen().includes('101'))
    await engine.drain({ graceMs: 0 })
    await ended
    expect(engine.stats().connections.open).toBe(0)
  })
})
