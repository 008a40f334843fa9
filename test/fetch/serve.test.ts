import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { getConnInfo } from '@hono/node-server/conninfo'
import { H3 } from 'h3'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { AutoRouter } from 'itty-router'
import { Agent, fetch as undiciFetch } from 'undici'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type FetchServer, type ServeOptions, serve } from '../../src/fetch/server.ts'
import { get } from '../support/answers.ts'
import { Doors } from '../support/deferred.ts'
import { RawConnection } from './raw-connection.ts'

const servers: FetchServer[] = []

const start = async (options: ServeOptions): Promise<FetchServer> => {
  const server = await serve({ hostname: '127.0.0.1', ...options })
  servers.push(server)
  return server
}

const ask = async (fetch: ServeOptions['fetch'], bytes = get('/')) => {
  const server = await start({ fetch })
  return await new RawConnection(server.port).exchange(bytes)
}

afterEach(async () => {
  vi.restoreAllMocks()
  for (const server of servers.splice(0)) await server.close({ graceMs: 0 })
})

/** What `Response` was before it was patched. */
const NativeResponse = (await fetch('data:,')).constructor as typeof Response

/** A Blob's bytes come at once or in a later turn, by version. */
const LENGTH_OR_CHUNKED = expect.stringMatching(/^(length|chunked)$/)

describe('a Response becomes an answer', () => {
  test.each<[string, () => Response, number, Record<string, string>, string, string]>([
    [
      'text',
      () => new Response('hello'),
      200,
      { 'content-type': 'text/plain;charset=UTF-8' },
      'hello',
      'length',
    ],
    [
      'text of its own type',
      () => new Response('<p>', { headers: { 'Content-Type': 'text/html' } }),
      200,
      { 'content-type': 'text/html' },
      '<p>',
      'length',
    ],
    [
      'text with Headers',
      () => new Response('{}', { headers: new Headers({ 'x-a': 'b' }) }),
      200,
      { 'x-a': 'b', 'content-type': 'text/plain;charset=UTF-8' },
      '{}',
      'length',
    ],
    ['text beyond ASCII', () => new Response('é€'), 200, {}, Buffer.from('é€').toString('latin1'), 'length'],
    ['nothing', () => new Response(), 200, {}, '', 'length'],
    ['204', () => new Response(null, { status: 204 }), 204, {}, '', 'none'],
    [
      '304',
      () => new Response(null, { status: 304, headers: { etag: '"1"' } }),
      304,
      { etag: '"1"' },
      '',
      'none',
    ],
    ['another status', () => new Response('no', { status: 404 }), 404, {}, 'no', 'length'],
    [
      'Response.json',
      () => Response.json({ a: 1 }),
      200,
      { 'content-type': 'application/json' },
      '{"a":1}',
      'length',
    ],
    [
      'Response.redirect',
      () => Response.redirect('http://a/b', 302),
      302,
      { location: 'http://a/b' },
      '',
      'length',
    ],
    ['bytes', () => new Response(new Uint8Array([104, 105])), 200, {}, 'hi', 'length'],
    [
      'a Blob',
      () => new Response(new Blob(['blob'], { type: 'text/x' })),
      200,
      { 'content-type': 'text/x' },
      'blob',
      LENGTH_OR_CHUNKED,
    ],
    [
      'URLSearchParams',
      () => new Response(new URLSearchParams({ a: 'b' })),
      200,
      { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
      'a=b',
      'length',
    ],
    ['a short stream', () => new Response(new Blob(['short']).stream()), 200, {}, 'short', LENGTH_OR_CHUNKED],
    [
      'headers set afterwards',
      () => {
        const r = new Response('x')
        r.headers.set('x-late', '1')
        return r
      },
      200,
      { 'x-late': '1', 'content-type': 'text/plain;charset=UTF-8' },
      'x',
      'length',
    ],
    [
      'framing fields of its own',
      () =>
        new Response('x', {
          headers: { 'transfer-encoding': 'chunked', connection: 'x', 'keep-alive': 'y' },
        }),
      200,
      {},
      'x',
      'length',
    ],
    ['a clone', () => new Response('twice').clone(), 200, {}, 'twice', 'length'],
  ])('%s', async (_name, make, status, fields, body, framing) => {
    const answer = await ask(make)
    expect(answer).toMatchObject({ status, fields, body, framing })
    expect(await ask(async () => make())).toMatchObject({ status, fields, body, framing })
  })

  test('repeated Set-Cookie fields stay apart (RFC 6265, 3)', async () => {
    const answer = await ask(() => {
      const headers = new Headers()
      headers.append('Set-Cookie', 'a=1; Path=/')
      headers.append('Set-Cookie', 'b=2, c')
      return new Response('x', { headers })
    })
    expect(answer.lines.filter((line) => /^set-cookie/i.test(line))).toEqual([
      'set-cookie: a=1; Path=/',
      'set-cookie: b=2, c',
    ])
  })

  test('HEAD gets the head of GET and no body (RFC 9110, 9.3.2)', async () => {
    let isCancelled = false
    const server = await start({
      fetch: (request) =>
        request.url.endsWith('/text')
          ? new Response('12345')
          : new Response(
              new ReadableStream({
                cancel: () => {
                  isCancelled = true
                },
              }),
            ),
    })
    const connection = new RawConnection(server.port)
    connection.socket.write(
      'HEAD /text HTTP/1.1\r\nHost: a\r\n\r\nHEAD /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    )
    await connection.until(() => false)
    const [text = '', stream = '', rest] = connection.text.split('\r\n\r\n')
    expect(text).toContain('Content-Length: 5')
    expect(stream).toContain('Transfer-Encoding: chunked')
    expect(rest).toBe('')
    expect(isCancelled).toBe(true)
  })

  test.each<[string, ConstructorParameters<typeof Response>]>([
    ['a bad status', ['x', { status: 99 }]],
    ['a body where there is none', ['x', { status: 204 }]],
    ['a bad name', ['x', { headers: { 'no name': 'x' } }]],
    ['a bad value', ['x', { headers: { a: 'x\r\ny' } }]],
    ['a bad status text', ['x', { statusText: 'x\r\n' }]],
  ])('the constructor refuses %s as ever', async (_name, [body, init]) => {
    const messages: string[] = []
    const server = await start({ fetch: () => new Response('x') })
    expect(server.port).toBeGreaterThan(0)
    for (const Constructor of [Response, NativeResponse]) {
      try {
        new Constructor(body, init)
      } catch (error) {
        messages.push((error as Error).name)
      }
    }
    expect(messages).toHaveLength(2)
    expect(messages[0]).toBe(messages[1])
  })

  test('repeated names in a record are joined, and a record may be changed afterwards', async () => {
    const record = { 'X-A': '1', 'x-a': '2', 'content-type': 'text/x' }
    const { fields } = await ask(() => {
      const response = new Response('x', { headers: record })
      record['content-type'] = 'text/y'
      return response
    })
    expect(fields).toMatchObject({ 'x-a': '1, 2', 'content-type': 'text/x' })
  })

  test('Connection: close ends the connection', async () => {
    const server = await start({ fetch: () => new Response('x', { headers: { Connection: 'close' } }) })
    const connection = new RawConnection(server.port)
    connection.socket.write(get('/'))
    await once(connection.socket, 'close')
    expect(connection.text).toContain('Connection: close')
  })

  test('subclasses of the patched globals are classes like any other', async () => {
    await start({ fetch: () => new Response('x') })
    class Own extends Response {}
    expect([
      new Own('x') instanceof Own,
      new Own('x') instanceof Response,
      new Response('x') instanceof Own,
    ]).toEqual([true, true, false])
  })

  test('a light Response is a Response', async () => {
    await start({ fetch: () => new Response('x') })
    const light = new Response('text', { status: 201, headers: { 'x-a': 'b' } })
    expect([
      light.ok,
      light.status,
      light.statusText,
      light.type,
      light.url,
      light.redirected,
      light.bodyUsed,
    ]).toEqual([true, 201, '', 'default', '', false, false])
    expect(light instanceof Response).toBe(true)
    expect((await fetch('data:,x')) instanceof Response).toBe(true)
    expect(light.headers.get('X-A')).toBe('b')
    expect(await light.clone().text()).toBe('text')
    expect([...new Uint8Array(await light.arrayBuffer())]).toEqual([...Buffer.from('text')])
    expect(light.bodyUsed).toBe(true)
    expect(Response.name).toBe('Response')
  })
})

describe('streams', () => {
  test('a stream that comes in pieces is sent piece by piece, its head before the first', async () => {
    const doors = new Doors()
    const encoder = new TextEncoder()
    const server = await start({
      fetch: () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              await doors.pass('piece')
              controller.enqueue(encoder.encode('piece'))
            },
          }),
        ),
    })
    const connection = new RawConnection(server.port)
    connection.socket.write(get('/'))
    await connection.until(() => connection.text.endsWith('\r\n\r\n'))
    doors.open('piece')
    await connection.until(() => connection.text.includes('5\r\npiece\r\n5\r\npiece\r\n'))
    connection.socket.destroy()
  })

  test('20 MiB go through an echo at the pace of both, whole', async () => {
    const sent = randomBytes(20 * 1_048_576)
    const server = await start({ fetch: (request) => new Response(request.body) })
    const response = await undiciFetch(server.url, { method: 'POST', body: sent })
    const received = Buffer.from(await response.arrayBuffer())
    const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    expect(digest(received)).toBe(digest(sent))
  })

  test('a client that does not read stops the source', async () => {
    let pulled = 0
    const server = await start({
      fetch: () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              pulled++
              controller.enqueue(new Uint8Array(65_536))
            },
          }),
        ),
    })
    const socket = connect({ port: server.port, host: '127.0.0.1' })
    socket.pause()
    socket.write(get('/'))
    let before = -1
    while (pulled === 0 || pulled !== before) {
      before = pulled
      for (let i = 0; i < 50; i++) await new Promise(setImmediate)
    }
    expect(pulled * 65_536).toBeLessThan(32 * 1_048_576)
    socket.destroy()
  })

  test('a source is cancelled, and the signal fires, when the client leaves; not after an answer', async () => {
    const events: string[] = []
    const left = new Doors()
    const server = await start({
      fetch: (request) => {
        const { pathname } = new URL(request.url)
        request.signal.addEventListener('abort', () => events.push(`abort ${pathname}`))
        if (pathname === '/whole') return new Response('whole')
        return new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(new Uint8Array(1)),
            cancel: () => {
              events.push(`cancel ${pathname}`)
              left.open('left')
            },
          }),
        )
      },
    })
    const connection = new RawConnection(server.port)
    await connection.exchange(get('/whole'))
    connection.text = ''
    connection.socket.write(get('/stream'))
    await connection.until(() => connection.text.includes('1\r\n\0'))
    connection.socket.destroy()
    await left.pass('left')
    expect(events.sort()).toEqual(['abort /stream', 'cancel /stream'])
  })

  test('a source that breaks off breaks the connection off, so that the client does not take half for whole', async () => {
    const errors: unknown[] = []
    const server = await start({
      fetch: () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              controller.enqueue(new Uint8Array(10))
              await new Promise(setImmediate)
              controller.error(new Error('the disk is gone'))
            },
          }),
        ),
      onError: (error) => void errors.push(error),
    })
    const connection = new RawConnection(server.port)
    connection.socket.write(get('/'))
    await once(connection.socket, 'close')
    expect(connection.text.endsWith('0\r\n\r\n')).toBe(false)
    expect(errors).toMatchObject([{ message: 'the disk is gone' }])
  })
})

describe('errors', () => {
  const fail = (): never => {
    throw new Error('secret')
  }

  test.each<[string, ServeOptions['fetch']]>([
    ['throws', fail],
    ['rejects', async () => fail()],
    ['returns nothing', () => undefined as unknown as Response],
    ['returns something else', async () => ({ status: 200 }) as Response],
    [
      'returns a used Response',
      async () => {
        const r = new Response('x')
        await r.text()
        return r
      },
    ],
    ['returns Response.error()', () => Response.error()],
  ])('a handler that %s is a 500 that tells nothing', async (_how, fetch) => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    const answer = await ask(fetch)
    expect(answer).toMatchObject({ status: 500, body: 'Internal Server Error' })
    expect(print).toHaveBeenCalledOnce()
  })

  test('onError answers instead', async () => {
    const server = await start({
      fetch: fail,
      onError: (error, request) =>
        new Response(`${(error as Error).message} at ${request.url}`, { status: 503 }),
    })
    const answer = await new RawConnection(server.port).exchange('GET /x HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(answer).toMatchObject({ status: 503, body: 'secret at http://a/x' })
  })

  test('an onError that fails is a 500 as well', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const server = await start({ fetch: fail, onError: fail })
    expect(await new RawConnection(server.port).exchange(get('/'))).toMatchObject({ status: 500 })
  })

  test('a body beyond maxBodyBytes is the mistake of the client', async () => {
    const server = await start({
      fetch: async (request) => new Response(await request.text()),
      maxBodyBytes: 10,
    })
    const answer = await new RawConnection(server.port).exchange(
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n12345678901',
    )
    expect(answer.status).toBe(413)
  })

  test('options are checked', async () => {
    await expect(serve({} as ServeOptions)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    await expect(serve({ fetch: fail, idleTimeoutMs: -1 })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })
})

describe('frameworks', () => {
  test('Hono: text, JSON, parameters, bodies, cookies, event streams', async () => {
    const app = new Hono()
    app.get('/', (c) => c.text('hono'))
    app.get('/users/:id', (c) => c.json({ id: c.req.param('id'), q: c.req.query('q') }))
    app.post('/json', async (c) => c.json(await c.req.json()))
    app.post('/form', async (c) => c.text(String((await c.req.parseBody()).name)))
    app.get('/from', (c) => c.text((c.env as { remoteAddress: string }).remoteAddress))
    app.get('/events', (c) =>
      streamSSE(c, async (stream) => {
        for (let i = 0; i < 3; i++) await stream.writeSSE({ data: String(i) })
      }),
    )
    app.get('/info', (c) => c.json(getConnInfo(c).remote))
    app.get('/through', (c) => fetch(new Request(new URL('/', c.req.url), c.req.raw)))
    app.post('/through', (c) => fetch(new Request(new URL('/json', c.req.url), c.req.raw)))
    const { url } = await start({ fetch: app.fetch })
    const read = async (path: string, init?: RequestInit) => await (await fetch(url + path, init)).text()
    expect(await read('')).toBe('hono')
    expect(await read('users/7?q=x')).toBe('{"id":"7","q":"x"}')
    expect(
      await read('json', {
        method: 'POST',
        body: '{"a":1}',
        headers: { 'content-type': 'application/json' },
      }),
    ).toBe('{"a":1}')
    const form = new FormData()
    form.set('name', 'Ada')
    expect(await read('form', { method: 'POST', body: form })).toBe('Ada')
    expect(await read('from')).toBe('127.0.0.1')
    expect(await read('info')).toContain('"address":"127.0.0.1"')
    expect(await read('through')).toBe('hono')
    expect(await read('through', { method: 'POST', body: '{"b":2}' })).toBe('{"b":2}')
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, null])
    expect(await read('events')).toBe('data: 0\n\ndata: 1\n\ndata: 2\n\n')
    expect((await fetch(`${url}nowhere`)).status).toBe(404)
  })

  test('h3', async () => {
    const app = new H3()
    app.get('/', () => 'h3')
    app.post('/json', async (event) => await event.req.json())
    const { url } = await start({ fetch: (request) => app.fetch(request) })
    expect(await (await fetch(url)).text()).toBe('h3')
    expect(await (await fetch(`${url}json`, { method: 'POST', body: '{"a":1}' })).json()).toEqual({ a: 1 })
  })

  test('itty-router', async () => {
    const router = AutoRouter()
    router.get('/hello/:name', ({ params }) => `Hello, ${params.name}!`)
    router.post('/json', async (request) => await request.json())
    const { url } = await start({ fetch: router.fetch })
    expect(await (await fetch(`${url}hello/Ada`)).text()).toContain('Hello, Ada!')
    expect(await (await fetch(`${url}json`, { method: 'POST', body: '{"a":1}' })).json()).toEqual({ a: 1 })
  })
})

test('many requests of one client share a connection, pipelined ones are answered in order', async () => {
  const agent = new Agent({ connections: 1, pipelining: 8 })
  const server = await start({
    fetch: async (request) => {
      if (request.url.endsWith('0')) await new Promise(setImmediate)
      return new Response(request.url)
    },
  })
  const paths = Array.from({ length: 50 }, (_, i) => `${server.url}${i}`)
  const answers = await Promise.all(
    paths.map(async (path) => await (await undiciFetch(path, { dispatcher: agent })).text()),
  )
  expect(answers).toEqual(paths)
  expect(server.engine.stats().connections.accepted).toBe(1)
  await agent.close()
})

test('close() drains, and await using closes', async () => {
  const server = await serve({ fetch: () => new Response('x'), hostname: '127.0.0.1' })
  expect(await (await fetch(server.url)).text()).toBe('x')
  await server[Symbol.asyncDispose]()
  expect(() => server.port).toThrow(expect.objectContaining({ code: 'NOT_LISTENING' }))
})
