import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { NovaError } from '../../../src/errors.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'
import { wireTest } from '../../support/wire.ts'

const get = (target: string, fields = ''): string => `GET ${target} HTTP/1.1\r\nHost: h\r\n${fields}\r\n`

describe('request trailers (RFC 9112, 7.1.2)', () => {
  wireTest({
    name: 'are known once the body was read, repeated ones joined',
    send: 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\nx-sum:  2 \r\n\r\n',
    handler: async (req, res) => {
      const trailers = req.trailers()
      const body = await req.text()
      res.end(`${body} ${JSON.stringify([...(await trailers)])}`)
    },
    check: ({ text }, cut) => expect(text, cut).toContain('abc [["x-sum","1, 2"]]'),
  })

  test('are empty for a message without any, with or without a body', async () => {
    const server = new MemoryServer(async (req, res) => res.end(String((await req.trailers()).size)))
    const peer = server.connect()
    peer.receive(`${get('/')}POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx`)
    await settle()
    expect(peer.written.match(/\r\n\r\n0/g)).toHaveLength(2)
  })

  test('reject when the body breaks off', async () => {
    let seen = ''
    const server = new MemoryServer(async (req) => {
      await req.trailers().catch((error: NovaError) => {
        seen = error.code
      })
    })
    const peer = server.connect()
    peer.receive('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab')
    peer.close()
    await settle()
    expect(seen).toBe('CLIENT_CLOSED')
  })
})

describe('response trailers (RFC 9110, 6.5)', () => {
  test('are announced and sent behind the last chunk', async () => {
    const server = new MemoryServer((_req, res) => {
      res.setTrailer('X-Sum', 42).write('abc')
      res.end()
    })
    const peer = server.connect()
    peer.receive(get('/'))
    expect(peer.written).toContain('Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n')
    expect(peer.written.endsWith('3\r\nabc\r\n0\r\nX-Sum: 42\r\n\r\n')).toBe(true)
  })

  test('make a body of known length chunked, and are dropped for HTTP/1.0', async () => {
    const server = new MemoryServer((_req, res) => res.setTrailer('X-Sum', 1).end('abc'))
    const peer = server.connect()
    peer.receive(get('/'))
    expect(peer.written).not.toContain('Content-Length')
    expect(peer.written.endsWith('3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n')).toBe(true)
    const old = server.connect()
    old.receive('GET / HTTP/1.0\r\n\r\n')
    expect(old.written).toContain('Content-Length: 3\r\n')
    expect(old.written).not.toContain('X-Sum')
  })

  test('must not frame, route or describe the message (6.5.1)', () => {
    const codes: string[] = []
    const server = new MemoryServer((_req, res) => {
      for (const name of ['Content-Length', 'Transfer-Encoding', 'Host', 'Set-Cookie', 'Trailer', 'a b']) {
        try {
          res.setTrailer(name, 'x')
        } catch (error) {
          codes.push((error as NovaError).code)
        }
      }
      res.end()
    })
    server.connect().receive(get('/'))
    expect(codes).toEqual([
      'TRAILER_NOT_ALLOWED',
      'FRAMING_FIELD',
      'TRAILER_NOT_ALLOWED',
      'TRAILER_NOT_ALLOWED',
      'FRAMING_FIELD',
      'FIELD_NAME_INVALID',
    ])
  })
})

const expecting = (expectation: string, version = '1.1'): string =>
  `POST / HTTP/${version}\r\nHost: h\r\nExpect: ${expectation}\r\nContent-Length: 2\r\n\r\n`

describe('Expect (RFC 9110, 10.1.1)', () => {
  test('100 (Continue) is sent when the body is first read, and the connection persists', async () => {
    const server = new MemoryServer(async (req, res) => res.end(await req.text()))
    const peer = server.connect()
    peer.receive(expecting('100-Continue'))
    await settle()
    expect(peer.written).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    peer.receive(`ok${get('/next')}`)
    await settle()
    expect(peer.written.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
    expect(server.stats.responses['1xx']).toBe(1)
  })

  test('iterating the body asks for it as well, and so does writeContinue()', async () => {
    const server = new MemoryServer(async (req, res) => {
      if (req.headers.has('x-early')) res.writeContinue()
      let text = ''
      for await (const chunk of req.body) text += chunk
      res.end(text)
    })
    for (const field of ['', 'X-Early: 1\r\n']) {
      const peer = server.connect()
      peer.receive(expecting('100-continue').replace('\r\n\r\n', `\r\n${field}\r\n`))
      await settle()
      expect(peer.written).toBe('HTTP/1.1 100 Continue\r\n\r\n')
      peer.receive('ok')
      await settle()
      expect(peer.written).toContain('\r\n\r\nok')
    }
  })

  test('a final answer without reading closes: whether the body follows cannot be known', async () => {
    const server = new MemoryServer((_req, res) => {
      res.status = 403
      res.end('no')
    })
    const peer = server.connect()
    peer.receive(expecting('100-continue'))
    await settle()
    expect(peer.written).toContain('HTTP/1.1 403 Forbidden')
    expect(peer.written).toContain('Connection: close')
    expect(peer.written).not.toContain('100 Continue')
    expect(peer.isEnded).toBe(true)
  })

  test('no 100 when the body came without waiting, nor for HTTP/1.0', async () => {
    const server = new MemoryServer(async (req, res) => {
      await settle(1)
      res.end(await req.text())
    })
    const peer = server.connect()
    peer.receive(`${expecting('100-continue')}ok`)
    const old = server.connect()
    old.receive(`${expecting('100-continue', '1.0')}ok`)
    await settle(10)
    expect(peer.written.startsWith('HTTP/1.1 200 OK')).toBe(true)
    expect(old.written.startsWith('HTTP/1.1 200 OK')).toBe(true)
  })

  wireTest({
    name: 'any other expectation is refused with 417',
    send: `${expecting('200-ok')}xx${get('/never')}`,
    check: ({ text, closed }, cut) => {
      expect(text, cut).toContain('HTTP/1.1 417 Expectation Failed')
      expect(text.match(/HTTP\/1\.1/g), cut).toHaveLength(1)
      expect(closed, cut).toBe(true)
    },
  })
})

describe('informational responses (RFC 9110, 15.2)', () => {
  test('102 and 103 precede the final answer, and HTTP/1.0 clients never see them', () => {
    const server = new MemoryServer((_req, res) => {
      res.writeProcessing()
      res.writeEarlyHints({ link: ['</a.css>; rel=preload', '</b.js>; rel=preload'] })
      res.end('done')
    })
    const peer = server.connect()
    peer.receive(get('/'))
    expect(
      peer.written.startsWith(
        'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\nlink: </b.js>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\n',
      ),
    ).toBe(true)
    expect(peer.writes).toBe(1)
    const old = server.connect()
    old.receive('GET / HTTP/1.0\r\n\r\n')
    expect(old.written.startsWith('HTTP/1.1 200 OK')).toBe(true)
  })

  test('are refused once the head is sent, and validate their fields', () => {
    const codes: string[] = []
    const server = new MemoryServer((_req, res) => {
      for (const attempt of [
        () => res.writeEarlyHints({ link: 'a\r\nSet-Cookie: x' }),
        () => {
          res.write('x')
          res.writeProcessing()
        },
      ]) {
        try {
          attempt()
        } catch (error) {
          codes.push((error as NovaError).code)
        }
      }
      res.end()
    })
    server.connect().receive(get('/'))
    expect(codes).toEqual(['FIELD_VALUE_INVALID', 'HEAD_SENT'])
  })
})

test('a 205 has no content and says so (RFC 9110, 15.3.6)', () => {
  const server = new MemoryServer((_req, res) => {
    res.status = 205
    res.end('dropped')
  })
  const peer = server.connect()
  peer.receive(get('/'))
  expect(peer.written).toContain('Content-Length: 0\r\n')
  expect(peer.written).not.toContain('dropped')
})

describe('streamed responses', () => {
  const sources = {
    'an async generator': async function* () {
      yield 'ab'
      yield Buffer.from('c')
    },
    'an array': () => ['ab', 'c'],
    'a Node stream': () => Readable.from([Buffer.from('ab'), Buffer.from('c')]),
    'a web stream': () =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(Buffer.from('ab'))
          controller.enqueue(Buffer.from('c'))
          controller.close()
        },
      }),
  }
  for (const [name, source] of Object.entries(sources)) {
    test(`${name} is written chunk by chunk`, async () => {
      const server = new MemoryServer((_req, res) => res.stream(source() as AsyncIterable<string>))
      const peer = server.connect()
      peer.receive(get('/'))
      await settle()
      expect(peer.written.endsWith('2\r\nab\r\n1\r\nc\r\n0\r\n\r\n')).toBe(true)
      expect(server.stats.exchanges.live).toBe(0)
    })
  }

  test('a slow reader pauses the source, and what is held stays bounded', async () => {
    let yielded = 0
    const server = new MemoryServer((_req, res) =>
      res.stream(
        (async function* () {
          for (; yielded < 1_000; yielded++) yield Buffer.alloc(16_384)
        })(),
      ),
    )
    const peer = server.connect()
    peer.holdWrites()
    peer.receive(get('/'))
    await settle(20)
    expect(yielded).toBeLessThan(20)
    for (let i = 0; i < 500 && yielded < 1_000; i++) {
      peer.releaseWrites()
      peer.holdWrites()
      await settle(2)
      expect(peer.pendingBytes).toBeLessThan(400_000)
    }
    peer.releaseWrites()
    await settle()
    expect(yielded).toBe(1_000)
  })

  test('a client that leaves ends the source at once', async () => {
    const source = new Readable({ read() {} })
    const server = new MemoryServer((_req, res) => res.stream(source))
    const peer = server.connect()
    peer.receive(get('/'))
    source.push('first')
    await settle()
    peer.close()
    await settle()
    expect(source.destroyed).toBe(true)
    expect(server.errors).toEqual([])
    expect(server.stats.exchanges.live).toBe(0)
  })

  test('a source that throws before its first chunk answers 500, later it breaks the connection off', async () => {
    const server = new MemoryServer((req, res) =>
      res.stream(
        (async function* () {
          if (req.path === '/late') yield 'some'
          throw new Error('source failed')
        })(),
      ),
    )
    const early = server.connect()
    early.receive(get('/early'))
    const late = server.connect()
    late.receive(get('/late'))
    await settle()
    expect(early.written).toContain('HTTP/1.1 500 ')
    expect(late.isDestroyed).toBe(true)
    expect(late.written.endsWith('0\r\n\r\n')).toBe(false)
    expect(server.errors).toHaveLength(2)
  })

  test('destroy() breaks off a body under way, and is counted', async () => {
    const server = new MemoryServer((_req, res) => {
      res.write('half')
      res.destroy()
    })
    const peer = server.connect()
    peer.receive(get('/'))
    await settle()
    expect(peer.isDestroyed).toBe(true)
    expect(server.stats.connections.closed.handlerAbort).toBe(1)
  })
})

describe('request targets (RFC 9112, 3.2)', () => {
  const server = new MemoryServer((req, res) =>
    res.end(JSON.stringify([req.method, req.target, req.path, req.host, req.query.get('q')])),
  )
  const answerTo = (head: string): unknown => {
    const peer = server.connect()
    peer.receive(head)
    return JSON.parse(peer.written.slice(peer.written.indexOf('\r\n\r\n') + 4))
  }

  test('absolute-form carries the host the request is for, whatever Host says (3.2.2)', () => {
    expect(answerTo('GET http://real:81/a/b?q=1 HTTP/1.1\r\nHost: other\r\n\r\n')).toEqual([
      'GET',
      'http://real:81/a/b?q=1',
      '/a/b',
      'real:81',
      '1',
    ])
    expect(answerTo('GET http://real?q=2 HTTP/1.1\r\nHost: other\r\n\r\n')).toEqual([
      'GET',
      'http://real?q=2',
      '/',
      'real',
      '2',
    ])
  })

  test('origin-form and asterisk-form take the host from Host', () => {
    expect(answerTo('GET /a?q=%20 HTTP/1.1\r\nHost: h:1\r\n\r\n')).toEqual([
      'GET',
      '/a?q=%20',
      '/a',
      'h:1',
      ' ',
    ])
    expect(answerTo('OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n')).toEqual(['OPTIONS', '*', '*', 'h', null])
  })

  test('a double slash stays a path', () => {
    expect(answerTo('GET //evil/a HTTP/1.1\r\nHost: h\r\n\r\n')).toEqual([
      'GET',
      '//evil/a',
      '//evil/a',
      'h',
      null,
    ])
  })
})
