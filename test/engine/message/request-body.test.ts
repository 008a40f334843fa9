import { describe, expect, test } from 'vitest'
import type { Handler } from '../../../src/engine/server/engine.ts'
import type { NovaError } from '../../../src/errors.ts'
import { get, parseAnswers, post } from '../../support/answers.ts'
import { Doors } from '../../support/deferred.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'

const chunked = (target: string, ...chunks: string[]): string =>
  `POST ${target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks
    .map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    .join('')}0\r\n\r\n`

const asked = async (handler: Handler, ...reads: string[]) => {
  const server = new MemoryServer(handler)
  const peer = server.connect()
  for (const read of reads) {
    peer.receive(read)
    await settle(2)
  }
  await settle()
  return { server, peer, answers: parseAnswers(peer.written) }
}

const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (error: NovaError) => error.code,
  )

describe('Reading a request body', () => {
  test('text() decodes UTF-8, also across reads', async () => {
    const bytes = Buffer.from('grüße 🎈', 'utf8').toString('latin1')
    const request = post('/', bytes)
    const { answers } = await asked(
      async (req, res) => res.end(await req.text()),
      request.slice(0, -2),
      request.slice(-2),
    )
    expect(Buffer.from(answers[0]?.body ?? '', 'latin1').toString('utf8')).toBe('grüße 🎈')
  })

  test('json() parses', async () => {
    const { answers } = await asked(
      async (req, res) => res.end(JSON.stringify(await req.json())),
      post('/', '{"a": [1, 2]}'),
    )
    expect(answers[0]?.body).toBe('{"a":[1,2]}')
  })

  test('json() of something else answers 400 BODY_INVALID_JSON when the handler lets it pass', async () => {
    const { answers, server } = await asked(
      async (req, res) => res.end(JSON.stringify(await req.json())),
      post('/', '{"a":'),
      get('/'),
    )
    expect(answers.map(({ status }) => status)).toEqual([400, 400])
    expect(answers[0]?.body).toContain('BODY_INVALID_JSON')
    expect(server.errors).toEqual([])
  })

  test('bytes() are the reader’s own: later traffic does not change them', async () => {
    const kept: Uint8Array[] = []
    await asked(
      async (req, res) => {
        kept.push(await req.bytes())
        res.end()
      },
      post('/', 'first'),
      post('/', 'other'),
      get('/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'),
    )
    expect(kept.map((bytes) => Buffer.from(bytes).toString())).toEqual(['first', 'other', ''])
  })

  test('iterated chunks join to the body', async () => {
    const handler: Handler = async (req, res) => {
      let size = 0
      const parts: string[] = []
      for await (const chunk of req.body) {
        size += chunk.length
        parts.push(Buffer.from(chunk).toString())
      }
      res.end(`${size}:${parts.join('')}`)
    }
    const { answers } = await asked(handler, chunked('/', 'one', 'two', 'x'.repeat(300)), post('/', 'four'))
    expect(answers.map(({ body }) => body)).toEqual([`306:onetwo${'x'.repeat(300)}`, '4:four'])
  })

  test('a chunked body arrives without its framing (RFC 9112, 7.1)', async () => {
    const { answers } = await asked(
      async (req, res) => res.end(await req.text()),
      chunked('/', 'a\r\n0', 'b'),
    )
    expect(answers[0]?.body).toBe('a\r\n0b')
  })

  test('a request without a body reads as empty in every way', async () => {
    const handler: Handler = async (req, res) => {
      const parts: Uint8Array[] = []
      if (req.path === '/iterate') for await (const chunk of req.body) parts.push(chunk)
      const text = req.path === '/text' ? await req.text() : (await codeOf(req.bytes())).slice(0, 0)
      res.end(`${parts.length}[${text}]`)
    }
    const { answers } = await asked(
      handler,
      get('/text') + get('/iterate') + get('/bytes') + post('/text', '') + chunked('/text'),
    )
    expect(answers.map(({ body }) => body)).toEqual(Array(5).fill('0[]'))
  })

  test('reading the body of a GET leaves no trace in the pooled exchange for a later POST', async () => {
    const { answers } = await asked(
      async (req, res) => res.end(await req.text()),
      get('/'),
      post('/', 'still readable'),
      get('/'),
      post('/', 'and again'),
    )
    expect(answers.map(({ body }) => body)).toEqual(['', 'still readable', '', 'and again'])
  })
})

describe('A body is read once', () => {
  test.each<[string, (req: Parameters<Handler>[0]) => Promise<unknown>]>([
    ['text() twice', (req) => req.text().then(() => req.text())],
    ['text() beside bytes()', (req) => Promise.all([req.text(), req.bytes()])],
    [
      'iterating after json()',
      async (req) => {
        await req.json()
        for await (const _ of req.body);
      },
    ],
    [
      'text() after iterating',
      async (req) => {
        for await (const _ of req.body);
        await req.text()
      },
    ],
  ])('%s rejects with BODY_CONSUMED', async (_, read) => {
    const { answers } = await asked(async (req, res) => res.end(await codeOf(read(req))), post('/', '{}'))
    expect(answers[0]?.body).toBe('BODY_CONSUMED')
  })
})

describe('The limit of text(), json() and bytes()', () => {
  const read: Handler = async (req, res) => res.end(await req.text({ limit: 10 }))

  test('a body of exactly the limit passes, one byte more answers 413', async () => {
    const { answers } = await asked(read, post('/', 'x'.repeat(10)), post('/', 'x'.repeat(11)))
    expect(answers.map(({ status }) => status)).toEqual([200, 413])
    expect(answers[1]?.body).toContain('BODY_TOO_LARGE')
  })

  test('a chunked body is cut off at the limit', async () => {
    const { answers, server } = await asked(
      read,
      chunked('/', '12345', '67890'),
      chunked('/', '12345', '678901'),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 413])
    expect(server.errors).toEqual([])
  })

  test('an announced body beyond the limit is refused before it arrives', async () => {
    const { answers } = await asked(read, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n')
    expect(answers.map(({ status }) => status)).toEqual([413])
  })

  test('the rest of a short body is skipped and the connection goes on', async () => {
    const { answers, peer } = await asked(read, post('/', 'x'.repeat(5_000)), post('/', 'next'))
    expect(answers.map(({ status, body }) => [status, status === 200 ? body : ''])).toEqual([
      [413, ''],
      [200, 'next'],
    ])
    expect(peer.isEnded).toBe(false)
  })

  test('a long announced rest is not worth skipping: the answer closes the connection', async () => {
    const { answers, peer } = await asked(
      read,
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nxxx',
    )
    expect(answers[0]?.fields.connection).toBe('close')
    expect(peer.isEnded).toBe(true)
  })

  test('maxBodyBytes is the default limit; iteration has none', async () => {
    const handler: Handler = async (req, res) => {
      if (req.path === '/text') return res.end(await req.text())
      let size = 0
      for await (const chunk of req.body) size += chunk.length
      res.end(String(size))
    }
    const server = new MemoryServer(handler, { maxBodyBytes: 4 })
    const peer = server.connect()
    peer.receive(post('/text', '1234') + post('/text', '12345') + post('/iterate', '123456'))
    await settle()
    const answers = parseAnswers(peer.written)
    expect(answers.map(({ status }) => status)).toEqual([200, 413, 200])
    expect(answers[2]?.body).toBe('6')
  })

  test('a limit of 0 admits empty bodies only', async () => {
    const { answers } = await asked(
      async (req, res) => res.end(await req.text({ limit: 0 })),
      get('/'),
      post('/', ''),
      post('/', 'x'),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 413])
  })

  test('a handler may answer something else instead', async () => {
    const { answers } = await asked(
      async (req, res) => {
        const code = await codeOf(req.text({ limit: 1 }))
        res.status = 422
        res.end(code)
      },
      post('/', 'xx'),
    )
    expect(answers[0]).toMatchObject({ status: 422, body: 'BODY_TOO_LARGE' })
  })
})

describe('Answering before the body has arrived', () => {
  const long = 'POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n'

  test('a short body nobody reads is skipped and the connection goes on', async () => {
    const { answers } = await asked(
      (req, res) => res.end(req.target),
      post('/1', 'x'.repeat(1_000)) + get('/2'),
    )
    expect(answers.map(({ body }) => body)).toEqual(['/1', '/2'])
  })

  test('its bytes may come after the answer, and are not taken for a request', async () => {
    const request = post('/1', get('/smuggled'))
    const { answers } = await asked(
      (req, res) => res.end(req.target),
      request.slice(0, -30),
      request.slice(-30),
      get('/2'),
    )
    expect(answers.map(({ body }) => body)).toEqual(['/1', '/2'])
  })

  test('a long announced body that nobody reads closes the connection, as the answer says', async () => {
    const { answers, peer, server } = await asked((_req, res) => res.end('no thanks'), long)
    expect(answers[0]).toMatchObject({ body: 'no thanks', fields: { connection: 'close' } })
    expect(peer.isEnded).toBe(true)
    expect(server.stats.exchanges.live).toBe(0)
  })

  test('a long chunked body that nobody reads closes the connection once enough was skipped', async () => {
    const { peer, server } = await asked(
      (_req, res) => res.end('no thanks'),
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n',
      'x'.repeat(200_000),
    )
    expect(peer.isEnded).toBe(false)
    peer.receive('x'.repeat(70_000))
    await settle()
    expect(peer.isEnded).toBe(true)
    expect(server.stats.exchanges.live).toBe(0)
  })

  test('leaving a for-await loop early skips the rest', async () => {
    const { answers } = await asked(
      async (req, res) => {
        for await (const _ of req.body) break
        res.end(req.target)
      },
      post('/1', 'x'.repeat(50_000)) + get('/2'),
    )
    expect(answers.map(({ body }) => body)).toEqual(['/1', '/2'])
  })

  test('a handler that answers first and reads on gets the whole body', async () => {
    const seen: string[] = []
    const request = post('/', 'the whole body')
    await asked(
      async (req, res) => {
        const text = req.text()
        res.end('accepted')
        seen.push(await text)
      },
      request.slice(0, -8),
      request.slice(-8),
    )
    expect(seen).toEqual(['the whole body'])
  })

  test('a handler that answers first and iterates on gets the whole body', async () => {
    const seen: string[] = []
    const request = post('/', 'the whole body')
    await asked(
      async (req, res) => {
        res.end('accepted')
        for await (const chunk of req.body) seen.push(Buffer.from(chunk).toString())
      },
      request.slice(0, -8),
      request.slice(-8),
    )
    expect(seen.join('')).toBe('the whole body')
  })

  test('the same when the answer ends the connection: it closes once the body is there', async () => {
    const seen: string[] = []
    const request = post('/', 'the whole body', 'POST', 'Connection: close\r\n')
    const { peer, server } = await asked(
      async (req, res) => {
        const text = req.text()
        res.end('accepted')
        seen.push(await text)
      },
      request.slice(0, -8),
      request.slice(-8),
    )
    expect(seen).toEqual(['the whole body'])
    expect(peer.isEnded).toBe(true)
    expect(server.stats.exchanges.live).toBe(0)
  })

  test('a client that leaves after its answer still ends the reader’s wait', async () => {
    const seen: string[] = []
    const { peer, server } = await asked(
      async (req, res) => {
        const text = codeOf(req.text())
        res.end('accepted')
        seen.push(await text)
      },
      post('/', 'the whole body').slice(0, -8),
    )
    peer.close()
    await settle()
    expect(seen).toEqual(['CLIENT_CLOSED'])
    expect(server.stats.exchanges.live).toBe(0)
  })

  test('a body left half read is skipped when its handler settles after the answer', async () => {
    const doors = new Doors()
    const request = post('/1', 'x'.repeat(200_000))
    const server = new MemoryServer(
      async (req, res) => {
        if (req.target !== '/1') return res.end(req.target)
        await req.body[Symbol.asyncIterator]().next()
        res.end(req.target)
        await doors.pass('settle')
      },
      { highWaterBytes: 1_024 },
    )
    const peer = server.connect()
    let sent = 0
    while (!peer.isPaused) sent += peer.receive(request.slice(sent, sent + 16_384))
    await settle()
    expect(peer.isPaused).toBe(true)
    doors.open('settle')
    await settle()
    expect(peer.isPaused).toBe(false)
    peer.receive(request.slice(sent) + get('/2'))
    await settle()
    expect(parseAnswers(peer.written).map(({ body }) => body)).toEqual(['/1', '/2'])
    expect(server.stats.exchanges.live).toBe(0)
  })

  test('a body left half read by a settled handler is skipped', async () => {
    const doors = new Doors()
    const request = post('/1', 'x'.repeat(100_000))
    const { answers, server } = await asked(
      async (req, res) => {
        if (req.target !== '/1') return res.end(req.target)
        await req.body[Symbol.asyncIterator]().next()
        res.end(req.target)
        doors.open('answered')
      },
      request.slice(0, 60_000),
      request.slice(60_000) + get('/2'),
    )
    expect(answers.map(({ body }) => body)).toEqual(['/1', '/2'])
    expect(server.stats.exchanges.live).toBe(0)
  })
})
