import { mkdtempSync, rmSync } from 'node:fs'
import net, { connect, type NetConnectOpts } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createEngine, type Engine, type Handler } from '../../../src/engine/server/engine.ts'
import type { EngineOptions } from '../../../src/options.ts'
import { bodiesOf, get, parseAnswers } from '../../support/answers.ts'
import { Doors } from '../../support/deferred.ts'

const HOST = '127.0.0.1'
const engines: Engine[] = []

/** A descriptor that is bound and does not listen yet, as a supervisor would pass it on. */
const bind = (host: string): { fd: number } =>
  (
    net as unknown as {
      _createServerHandle(host: string, port: number, family: 4, fd?: number): { fd: number }
    }
  )._createServerHandle(host, 0, 4)

const engineOf = (handler: Handler, options: EngineOptions = {}): Engine => {
  const engine = createEngine(options, handler)
  engines.push(engine)
  return engine
}

afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.drain({ graceMs: 0 })
})

/** Sends one request on a connection of its own and reads to the end. */
/** Connects and leaves; the code of the error when nobody accepts. */
const connectionError = (where: NetConnectOpts): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect(where, () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })

const ask = (where: NetConnectOpts, bytes = get('/', 'Connection: close\r\n')): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(where, () => socket.write(bytes))
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })

const whoAsks: Handler = (req, res) =>
  res.end(`${req.remoteAddress || 'nobody'} ${req.remotePort > 0} ${req.encrypted}`)

describe.each(['auto', 'stream'] as const)('listen() with the read path %s', (transport) => {
  test('binds a free port and serves it', async () => {
    const engine = engineOf(whoAsks, { transport })
    const { port, address } = await engine.listen({ host: HOST, port: 0 })
    expect(port).toBeGreaterThan(0)
    expect(address).toBe(HOST)
    expect(engine.address).toEqual({ port, address })
    expect(bodiesOf(await ask({ host: HOST, port }))).toEqual([`${HOST} true false`])
  })

  test('serves a unix socket, whose peers have no address', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nova-'))
    const path = join(folder, 'socket')
    const engine = engineOf(whoAsks, { transport })
    expect(await engine.listen({ path })).toEqual({ port: 0, address: path })
    expect(bodiesOf(await ask({ path }))).toEqual(['nobody false false'])
    await engine.drain({ graceMs: 0 })
    rmSync(folder, { recursive: true })
  })

  test('serves an open descriptor', async () => {
    const bound = bind(HOST)
    const engine = engineOf(whoAsks, { transport })
    const { port } = await engine.listen({ fd: bound.fd })
    expect(bodiesOf(await ask({ host: HOST, port }))).toEqual([`${HOST} true false`])
  })

  test('drain() closes the port and completes once its connections are gone', async () => {
    const doors = new Doors()
    const begun = new Doors()
    const engine = engineOf(
      async (_req, res) => {
        begun.open('begun')
        await doors.pass('go')
        res.end('last')
      },
      { transport },
    )
    const { port } = await engine.listen({ host: HOST })
    const reply = ask({ host: HOST, port }, get('/'))
    await begun.pass('begun')
    const drained = engine.drain()
    await expect.poll(() => connectionError({ host: HOST, port })).toBe('ECONNREFUSED')
    doors.open('go')
    expect(parseAnswers(await reply)[0]).toMatchObject({ body: 'last', fields: { connection: 'close' } })
    expect(await drained).toMatchObject({ finished: 1, aborted: 0 })
  })

  test('more than maxConnections are answered 503 with Retry-After (RFC 9110, 15.6.4)', async () => {
    const doors = new Doors()
    const begun = new Doors()
    const engine = engineOf(
      async (req, res) => {
        begun.open(req.target)
        await doors.pass('go')
        res.end(req.target)
      },
      { transport, maxConnections: 2 },
    )
    const { port } = await engine.listen({ host: HOST })
    const first = [ask({ host: HOST, port }, get('/0')), ask({ host: HOST, port }, get('/1'))]
    await begun.pass('/0')
    await begun.pass('/1')
    const [refused] = parseAnswers(await ask({ host: HOST, port }, get('/2')))
    expect(refused).toMatchObject({ status: 503, fields: { 'retry-after': '1', connection: 'close' } })
    expect(refused?.body).toContain('TOO_MANY_CONNECTIONS')
    expect(engine.stats().refused).toEqual({ TOO_MANY_CONNECTIONS: 1 })
    void engine.drain()
    doors.open('go')
    expect((await Promise.all(first)).map((text) => bodiesOf(text)[0])).toEqual(['/0', '/1'])
  })
})

describe('listen() at the wrong time or place', () => {
  const nothing: Handler = (_req, res) => res.end()

  test('rejects with EADDRINUSE, and the engine may listen elsewhere', async () => {
    const [first, second] = [engineOf(nothing), engineOf(nothing)]
    const { port } = await first.listen({ host: HOST })
    await expect(second.listen({ host: HOST, port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect((await second.listen({ host: HOST })).port).not.toBe(port)
  })

  test('rejects a port that is none', async () => {
    await expect(engineOf(nothing).listen({ port: 70_000 })).rejects.toMatchObject({
      code: 'ERR_SOCKET_BAD_PORT',
    })
  })

  test('twice rejects with ALREADY_LISTENING, also while the first is under way', async () => {
    const engine = engineOf(nothing)
    const listening = engine.listen({ host: HOST })
    await expect(engine.listen({ host: HOST })).rejects.toMatchObject({ code: 'ALREADY_LISTENING' })
    await listening
    await expect(engine.listen({ host: HOST })).rejects.toMatchObject({ code: 'ALREADY_LISTENING' })
  })

  test('the address of an engine that does not listen throws NOT_LISTENING', async () => {
    const engine = engineOf(nothing)
    expect(() => engine.address).toThrow(expect.objectContaining({ code: 'NOT_LISTENING' }))
    await engine.listen({ host: HOST })
    await engine.drain()
    expect(() => engine.address).toThrow(expect.objectContaining({ code: 'NOT_LISTENING' }))
  })

  test('draining while listen() is under way leaves nothing bound', async () => {
    const engine = engineOf(nothing)
    const listening = engine.listen({ host: HOST }).catch((error) => error.code)
    await engine.drain()
    const outcome = await listening
    if (typeof outcome === 'object') {
      await expect(ask({ host: HOST, port: outcome.port })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    } else {
      expect(['ENGINE_DRAINED', 'NOT_LISTENING']).toContain(outcome)
    }
  })
})
