import { afterEach, describe, expect, test } from 'vitest'
import { LazyRequest } from '../../src/fetch/request.ts'
import { type FetchServer, type ServeOptions, serve } from '../../src/fetch/server.ts'
import { RawConnection } from './raw-connection.ts'

const servers: FetchServer[] = []

const start = async (options: ServeOptions): Promise<FetchServer> => {
  const server = await serve({ hostname: '127.0.0.1', ...options })
  servers.push(server)
  return server
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close({ graceMs: 0 })
})

/** What `look` finds on the lazy Request of `bytes`. */
const inspect = async <T>(bytes: string, look: (request: Request) => T): Promise<Awaited<T>> => {
  let found: { value: Awaited<T> } | undefined
  let failure: unknown
  const server = await start({
    fetch: async (request) => {
      try {
        found = { value: await look(request) }
      } catch (error) {
        failure = error
      }
      return new Response('ok')
    },
  })
  await new RawConnection(server.port).exchange(bytes)
  if (found === undefined) throw failure
  return found.value
}

const POST =
  'POST /form?a=1 HTTP/1.1\r\nHost: example.com:8080\r\nContent-Type: application/x-www-form-urlencoded\r\n' +
  'X-Twice: a\r\nx-twice: b\r\nCookie: a=1\r\nCookie: b=2\r\nContent-Length: 7\r\n\r\nx=1&y=2'

const native = (): Request =>
  new Request('http://example.com:8080/form?a=1', {
    method: 'POST',
    headers: [
      ['host', 'example.com:8080'],
      ['content-type', 'application/x-www-form-urlencoded'],
      ['x-twice', 'a'],
      ['x-twice', 'b'],
      ['cookie', 'a=1; b=2'],
      ['content-length', '7'],
    ],
    body: 'x=1&y=2',
    duplex: 'half',
  })

/** Every way to look at a Request. The same must come of a lazy and of a real one. */
const LOOKS: readonly (readonly [string, (request: Request) => unknown])[] = [
  ['method', (r) => r.method],
  ['url', (r) => r.url],
  [
    'destination, mode, cache, redirect, credentials',
    (r) => [r.destination, r.mode, r.cache, r.redirect, r.credentials],
  ],
  [
    'referrer, integrity, keepalive, duplex',
    (r) => [r.referrer, r.referrerPolicy, r.integrity, r.keepalive, r.duplex],
  ],
  ['instanceof Request', (r) => r instanceof Request],
  ['instanceof Headers', (r) => r.headers instanceof Headers],
  ['headers.get', (r) => ['X-TWICE', 'cookie', 'absent', 'content-type'].map((name) => r.headers.get(name))],
  [
    'headers.get of no name',
    (r) => {
      try {
        return r.headers.get('no name')
      } catch (error) {
        return (error as Error).name
      }
    },
  ],
  ['headers.has', (r) => ['X-TWICE', 'absent'].map((name) => r.headers.has(name))],
  ['headers as entries', (r) => [...r.headers]],
  ['headers.keys', (r) => [...r.headers.keys()]],
  ['headers.values', (r) => [...r.headers.values()]],
  [
    'headers.forEach',
    (r) => {
      const all: string[] = []
      r.headers.forEach((value, name) => void all.push(`${name}=${value}`))
      return all
    },
  ],
  ['new Headers(headers)', (r) => [...new Headers(r.headers)]],
  [
    'headers after set, append and delete',
    (r) => {
      r.headers.set('x-twice', 'c')
      r.headers.append('new', 'n')
      r.headers.delete('cookie')
      return [...r.headers, r.headers.get('X-Twice'), r.headers.has('Cookie')]
    },
  ],
  [
    'headers changed before the body is read by the real one',
    async (r) => {
      r.headers.set('content-type', 'text/x')
      return (await r.blob()).type
    },
  ],
  ['body is a stream', (r) => r.body instanceof ReadableStream],
  ['body twice is one', (r) => new Set([r.body, r.body]).size],
  [
    'body read by chunks',
    async (r) => {
      let text = ''
      const decoder = new TextDecoder()
      for await (const chunk of r.body as ReadableStream<Uint8Array>) text += decoder.decode(chunk)
      return text
    },
  ],
  ['bodyUsed before', (r) => r.bodyUsed],
  [
    'bodyUsed after text()',
    async (r) => {
      await r.text()
      return r.bodyUsed
    },
  ],
  [
    'bodyUsed after a stream was read',
    async (r) => {
      for await (const _ of r.body as ReadableStream<Uint8Array>);
      return r.bodyUsed
    },
  ],
  ['text', (r) => r.text()],
  ['json of no JSON', (r) => r.json().catch((error: Error) => error.name)],
  ['arrayBuffer', async (r) => [...new Uint8Array(await r.arrayBuffer())]],
  [
    'blob',
    async (r) => {
      const blob = await r.blob()
      return [blob.type, await blob.text()]
    },
  ],
  ['formData', async (r) => [...(await r.formData())]],
  [
    'text twice',
    async (r) => {
      await r.text()
      return r.text().catch((error: Error) => error.name)
    },
  ],
  [
    'text after the stream was taken',
    async (r) => {
      ;(r.body as ReadableStream).getReader()
      return r.text().catch((error: Error) => error.name)
    },
  ],
  [
    'clone, both read',
    async (r) => {
      const copy = r.clone()
      return [await copy.text(), await r.text(), copy.url, copy.method]
    },
  ],
  [
    'clone after text()',
    async (r) => {
      await r.text()
      try {
        return r.clone()
      } catch (error) {
        return (error as Error).name
      }
    },
  ],
  [
    'new Request(request)',
    async (r) => {
      const copy = new Request(r)
      return [copy.url, copy.method, await copy.text(), [...copy.headers], copy instanceof Request]
    },
  ],
  [
    'a clone of a clone, after the headers were changed',
    (r) => {
      r.clone()
      r.headers.set('x-late', '1')
      return [...r.clone().headers]
    },
  ],
  [
    'new Request(url, request)',
    async (r) => {
      const copy = new Request('http://other/', r)
      return [copy.url, copy.method, await copy.text(), [...copy.headers]]
    },
  ],
]

describe('a lazy Request is a Request', () => {
  test.each(LOOKS)('%s', async (_name, look) => {
    expect(await inspect(POST, look)).toEqual(await look(native()))
  })

  test('it has every property that a Request has', async () => {
    const missing = await inspect(POST, (request) =>
      Object.keys(Object.getOwnPropertyDescriptors(Request.prototype)).filter((name) => !(name in request)),
    )
    expect(missing).toEqual([])
    const own = Object.keys(Object.getOwnPropertyDescriptors(LazyRequest.prototype))
    const answered = [...own, 'method', 'url']
    expect(
      Object.keys(Object.getOwnPropertyDescriptors(Request.prototype)).filter(
        (name) => !answered.includes(name),
      ),
    ).toEqual([])
  })
})

test.each([
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
])('an empty body may be transferred, and the next is as good: %j', async (bytes) => {
  for (let i = 0; i < 2; i++) {
    const length = await inspect(bytes, async (request) => {
      const buffer = await request.arrayBuffer()
      structuredClone(buffer, { transfer: [buffer] })
      return buffer.byteLength
    })
    expect(length).toBe(0)
  }
})

describe('the URL of a request', () => {
  const ask = (target: string, host = 'example.com', method = 'GET') =>
    inspect(
      `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`,
      (request) => request.url,
    )

  test.each([
    ['/', 'example.com', 'http://example.com/'],
    ['/a/b?c=d&e=%20', 'example.com', 'http://example.com/a/b?c=d&e=%20'],
    ['//double', 'example.com', 'http://example.com//double'],
    ['/a/../b/./c', 'example.com', 'http://example.com/b/c'],
    ['/a/%2e%2E/b', 'example.com', 'http://example.com/b'],
    ["/it's?it's", 'example.com', "http://example.com/it's?it%27s"],
    ['/', 'EXAMPLE.com:80', 'http://example.com/'],
    ['/', 'example.com:8080', 'http://example.com:8080/'],
    ['/', '[::1]:3000', 'http://[::1]:3000/'],
    ['http://other.example/x?y', 'example.com', 'http://other.example/x?y'],
    ['http://OTHER.example:80/a/../x', 'example.com', 'http://other.example/x'],
  ])('%s at %s is %s', async (target, host, url) => {
    expect(await ask(target, host)).toBe(url)
    expect(new URL(url).href).toBe(url)
  })

  test('the same target is another URL at another host, and every target its own', async () => {
    const server = await start({ fetch: (request) => new Response(request.url) })
    const connection = new RawConnection(server.port)
    // These targets have length, middle and end in common.
    const targets = ['/a1x2z', '/b1x2z', '/a1x2z']
    for (const host of ['one.example', 'two.example', 'ONE.example']) {
      for (const target of targets) {
        const { body } = await connection.exchange(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
        expect(body).toBe(`http://${host.toLowerCase()}${target}`)
      }
    }
  })

  test('OPTIONS * is about the server (RFC 9112, 3.2.4)', async () => {
    expect(await ask('*', 'example.com', 'OPTIONS')).toBe('http://example.com/*')
  })

  test('the connection, not the client, says whether it is encrypted', async () => {
    expect(await ask('https://example.com/x')).toBe('http://example.com/x')
  })

  test.each(['foo://example.com/', 'http://user@example.com/', 'http://:pw@example.com/'])(
    '%s is refused (RFC 9110, 4.2.4)',
    async (target) => {
      const server = await start({ fetch: () => new Response('not reached') })
      const { status } = await new RawConnection(server.port).exchange(
        `GET ${target} HTTP/1.1\r\nHost: example.com\r\n\r\n`,
      )
      expect(status).toBe(400)
    },
  )

  test('a host that no URL can have is the mistake of the client', async () => {
    const server = await start({ fetch: () => new Response('not reached') })
    const answer = await new RawConnection(server.port).exchange(
      'GET / HTTP/1.1\r\nHost: 1.2.3.4.5.999\r\n\r\n',
    )
    expect(answer.status).toBe(400)
  })
})

describe('after its exchange', () => {
  test('a kept Request has its method and URL, and never the fields or body of another client', async () => {
    const kept: Request[] = []
    const server = await start({
      fetch: (request) => {
        kept.push(request)
        return new Response('ok')
      },
    })
    const connection = new RawConnection(server.port)
    await connection.exchange('POST /one HTTP/1.1\r\nHost: a\r\nX-Who: one\r\nContent-Length: 3\r\n\r\none')
    await connection.exchange('POST /two HTTP/1.1\r\nHost: b\r\nX-Who: two\r\nContent-Length: 3\r\n\r\ntwo')
    const first = kept[0] as Request
    expect([first.method, first.url]).toEqual(['POST', 'http://a/one'])
    expect(() => first.headers.get('x-who')).toThrow(expect.objectContaining({ code: 'EXCHANGE_ENDED' }))
    await expect(first.text()).rejects.toMatchObject({ code: 'EXCHANGE_ENDED' })
  })

  test('headers that were touched as a whole stay', async () => {
    const kept: Headers[] = []
    const server = await start({
      fetch: (request) => {
        kept.push(request.headers)
        return new Response([...request.headers].length.toString())
      },
    })
    await new RawConnection(server.port).exchange('GET / HTTP/1.1\r\nHost: a\r\nX-Who: one\r\n\r\n')
    expect(kept[0]?.get('x-who')).toBe('one')
  })
})
