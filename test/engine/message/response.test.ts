import { describe, expect, test } from 'vitest'
import type { Handler } from '../../../src/engine/server/engine.ts'
import type { NovaError } from '../../../src/errors.ts'
import { type Answer, get, parseAnswers } from '../../support/answers.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'

type Res = Parameters<Handler>[1]

const answerOf = async (handler: (res: Res) => unknown, method = 'GET', version = '1.1'): Promise<Answer> => {
  const server = new MemoryServer((_req, res) => handler(res))
  const peer = server.connect()
  peer.receive(`${method} / HTTP/${version}\r\nHost: a\r\n\r\n`)
  await settle()
  const answers = parseAnswers(peer.written, method === 'HEAD' ? [0] : [])
  expect(answers).toHaveLength(1)
  return answers[0] as Answer
}

/** The code of what a call inside a handler throws. */
const thrownBy = async (call: (res: Res) => unknown): Promise<string> => {
  let code = 'nothing thrown'
  await answerOf((res) => {
    try {
      call(res)
    } catch (error) {
      code = (error as NovaError).code ?? (error as Error).name
    }
    if (!res.ended) res.end()
  })
  return code
}

describe('The status', () => {
  test('is 200 unless set, with its registered phrase', async () => {
    expect(await answerOf((res) => res.end())).toMatchObject({ status: 200 })
    const answer = await answerOf((res) => {
      res.status = 404
      res.end()
    })
    expect(answer.status).toBe(404)
  })

  test.each([199, 600, 100, 0, -1, 200.5, Number.NaN, '200', undefined, null])(
    '%s is refused',
    async (status) => {
      expect(
        await thrownBy((res) => {
          res.status = status as number
        }),
      ).toBe('STATUS_INVALID')
    },
  )

  test('cannot change once the head is sent', async () => {
    expect(
      await thrownBy((res) => {
        res.write('x')
        res.status = 500
      }),
    ).toBe('HEAD_SENT')
  })
})

describe('Fields (RFC 9110, 5)', () => {
  test.each(['a\rb', 'a\nb', 'a\r\nX: y', 'a\0b', '\u007f', '\u0001', 'ĉ', 'a\u2028b', '\ud83c'])(
    'the value %j is refused: it would end the field or change on the way',
    async (value) => {
      expect(await thrownBy((res) => res.setHeader('X-A', value))).toBe('FIELD_VALUE_INVALID')
      expect(await thrownBy((res) => res.appendHeader('X-A', value))).toBe('FIELD_VALUE_INVALID')
      expect(await thrownBy((res) => res.setHeader('X-A', ['fine', value]))).toBe('FIELD_VALUE_INVALID')
      expect(await thrownBy((res) => res.setHeader('X-A', 'fine').setHeader('X-A', value))).toBe(
        'FIELD_VALUE_INVALID',
      )
    },
  )

  test.each(['', ' ', 'a b', 'a:', 'a\r\n', 'ä', 'a\0', '(a)'])('the name %j is refused', async (name) => {
    expect(await thrownBy((res) => res.setHeader(name, 'x'))).toBe('FIELD_NAME_INVALID')
    expect(await thrownBy((res) => res.appendHeader(name, 'x'))).toBe('FIELD_NAME_INVALID')
  })

  test.each(['Transfer-Encoding', 'transfer-encoding', 'Keep-Alive', 'Upgrade', 'Trailer'])(
    '%s is the engine’s to write',
    async (name) => {
      expect(await thrownBy((res) => res.setHeader(name, 'x'))).toBe('FRAMING_FIELD')
      expect(await thrownBy((res) => res.appendHeader(name, 'x'))).toBe('FRAMING_FIELD')
    },
  )

  test('a value refused leaves no half of itself behind', async () => {
    const answer = await answerOf((res) => {
      expect(() => res.setHeader('X-A', ['one', 'two\r\nX-B: y'])).toThrow()
      expect(() => res.setHeader('X-C', 'old').setHeader('X-C', 'new\n')).toThrow()
      res.end()
    })
    expect(answer.lines.join()).not.toContain('X-B')
    expect(answer.fields['x-c']).toBe('old')
  })

  test('obs-text goes out as the latin1 byte it is', async () => {
    expect((await answerOf((res) => res.setHeader('X-A', 'ä\t\u00ff').end())).fields['x-a']).toBe('ä\t\u00ff')
  })

  test('setting replaces in any case, appending repeats, an array repeats', async () => {
    const answer = await answerOf((res) =>
      res
        .setHeader('X-A', 'old')
        .setHeader('x-a', 'new')
        .appendHeader('Set-Cookie', 'a=1')
        .appendHeader('set-cookie', 'b=2')
        .setHeader('Vary', ['accept', 'origin'])
        .setHeader('X-N', 5)
        .end(),
    )
    expect(answer.lines.filter((line) => !/^(date|keep-alive|content-length)/i.test(line))).toEqual([
      'x-a: new',
      'Set-Cookie: a=1',
      'set-cookie: b=2',
      'Vary: accept',
      'Vary: origin',
      'X-N: 5',
    ])
  })

  test('setting a repeated field replaces all of it, and an empty array removes it', async () => {
    const answer = await answerOf((res) =>
      res.setHeader('X-A', ['1', '2']).setHeader('X-A', '3').setHeader('X-B', '1').setHeader('X-B', []).end(),
    )
    expect(answer.fields).toMatchObject({ 'x-a': '3' })
    expect(answer.fields['x-b']).toBeUndefined()
  })

  test('they can be read back and removed', async () => {
    const seen: unknown[] = []
    const answer = await answerOf((res) => {
      res.setHeader('X-A', ['1', '2']).setHeader('Content-Length', 0).setHeader('X-B', 'gone')
      seen.push(
        res.getHeader('x-a'),
        res.hasHeader('X-B'),
        res.getHeader('content-length'),
        res.hasHeader('x-c'),
      )
      res.removeHeader('x-b').removeHeader('never set')
      seen.push(res.hasHeader('x-b'))
      res.end()
    })
    expect(seen).toEqual(['1, 2', true, '0', false, false])
    expect(answer.fields['x-b']).toBeUndefined()
  })

  test.each<[string, (res: Res) => unknown]>([
    ['setHeader', (res) => res.setHeader('X-A', '1')],
    ['appendHeader', (res) => res.appendHeader('X-A', '1')],
    ['removeHeader', (res) => res.removeHeader('X-A')],
  ])('%s after the head is sent throws HEAD_SENT', async (_, call) => {
    expect(
      await thrownBy((res) => {
        res.write('x')
        call(res)
      }),
    ).toBe('HEAD_SENT')
    expect(
      await thrownBy((res) => {
        res.end('x')
        call(res)
      }),
    ).toBe('HEAD_SENT')
  })

  test.each(['upgrade', 'x', '', 'close, upgrade', 'close\r\nX: y'])(
    'Connection: %j is refused',
    async (value) => {
      expect(await thrownBy((res) => res.setHeader('Connection', value))).toBe('FRAMING_FIELD')
    },
  )

  test('fields of one response never show up in the next', async () => {
    const server = new MemoryServer((req, res) => {
      if (req.target === '/0') res.setHeader('X-Secret', 'yes').setHeader('Content-Length', 2).status = 201
      res.end('ok')
    })
    const peer = server.connect()
    peer.receive(get('/0'))
    peer.receive(get('/1'))
    await settle()
    const second = parseAnswers(peer.written)[1]
    expect(second?.status).toBe(200)
    expect(second?.fields['x-secret']).toBeUndefined()
  })
})

describe('Content-Length (RFC 9110, 8.6)', () => {
  test.each<[string, string | Uint8Array | undefined, number]>([
    ['nothing', undefined, 0],
    ['an empty string', '', 0],
    ['a string', 'hello', 5],
    ['UTF-8', 'größe 🎈', 12],
    ['bytes', Buffer.from([0, 255, 128]), 3],
    ['many bytes', Buffer.alloc(1_000_000, 'y'), 1_000_000],
  ])('is written for %s', async (_, body, length) => {
    const answer = await answerOf((res) => res.end(body))
    expect(answer.fields['content-length']).toBe(String(length))
    expect(answer.framing).toBe('length')
    expect(answer.body).toBe(Buffer.from(body ?? '').toString('latin1'))
  })

  test('an answer to HEAD announces the length and sends no body', async () => {
    expect(await answerOf((res) => res.end('hello'), 'HEAD')).toMatchObject({
      fields: { 'content-length': '5' },
    })
    expect(await answerOf((res) => res.setHeader('Content-Length', 99).end(), 'HEAD')).toMatchObject({
      fields: { 'content-length': '99' },
    })
  })

  test('a streamed answer to HEAD says chunked and sends no chunk', async () => {
    const answer = await answerOf((res) => {
      res.write('hello')
      res.end('more')
    }, 'HEAD')
    expect(answer.fields).toMatchObject({ 'transfer-encoding': 'chunked' })
  })

  test('204 has neither a body nor a length (RFC 9110, 15.3.5)', async () => {
    for (const body of [undefined, 'ignored']) {
      const answer = await answerOf((res) => {
        res.status = 204
        res.end(body)
      })
      expect(answer.fields).not.toHaveProperty('content-length')
      expect(answer.fields).not.toHaveProperty('transfer-encoding')
    }
  })

  test('304 has no body, and a length only when announced (RFC 9110, 15.4.5)', async () => {
    const bare = await answerOf((res) => {
      res.status = 304
      res.end()
    })
    expect(bare.fields).not.toHaveProperty('content-length')
    const announced = await answerOf((res) => {
      res.status = 304
      res.setHeader('Content-Length', 1_234).end()
    })
    expect(announced.fields).toMatchObject({ 'content-length': '1234' })
  })

  test('205 says Content-Length: 0 (RFC 9110, 15.3.6)', async () => {
    const answer = await answerOf((res) => {
      res.status = 205
      res.end()
    })
    expect(answer.fields).toMatchObject({ 'content-length': '0' })
  })

  test.each(['-1', '1.5', 'x', '', ' 1', '1, 1', '0x1', '99999999999999999999', '+1'])(
    '%j is not one',
    async (value) => {
      expect(await thrownBy((res) => res.setHeader('Content-Length', value))).toBe('FIELD_VALUE_INVALID')
    },
  )

  test('end() with another length than announced is refused, and the client gets 500', async () => {
    for (const body of ['four', 'sixsix', '']) {
      const answer = await answerOf((res) => res.setHeader('Content-Length', 5).end(body))
      expect([answer.status, answer.body.includes('five')]).toEqual([500, false])
    }
  })

  test('a first write() beyond the announced length is refused while 500 can still be said', async () => {
    const answer = await answerOf((res) => res.setHeader('Content-Length', 2).write('three'))
    expect(answer.status).toBe(500)
  })

  test('a later write() beyond the announced length throws and breaks the connection off', async () => {
    const server = new MemoryServer((_req, res) => {
      res.setHeader('Content-Length', 5).write('abc')
      res.write('def')
    })
    const peer = server.connect()
    peer.receive(get('/'))
    await settle()
    expect(peer.isDestroyed).toBe(true)
    expect(peer.written).not.toContain('def')
    expect(server.errors).toMatchObject([{ code: 'CONTENT_LENGTH_MISMATCH' }])
  })

  test('ending before the announced length is reached throws and breaks the connection off', async () => {
    const server = new MemoryServer((_req, res) => {
      res.setHeader('Content-Length', 5).write('abc')
      res.end('d')
    })
    const peer = server.connect()
    peer.receive(get('/'))
    await settle()
    expect(peer.isDestroyed).toBe(true)
    expect(server.errors).toMatchObject([{ code: 'CONTENT_LENGTH_MISMATCH' }])
  })
})

describe('The body', () => {
  test.each([
    123,
    null,
    {},
    { length: 5 },
    { length: 5_000 },
    [1],
    new ArrayBuffer(3),
    new Uint16Array(2),
    true,
  ])('that is neither a string nor bytes (%j) is refused before anything is sent', async (body) => {
    for (const method of ['end', 'write'] as const) {
      const answer = await answerOf((res) => res[method](body as unknown as string))
      expect(answer.status, method).toBe(500)
    }
  })

  test('a large byte array is written as it is, between text', async () => {
    const big = Buffer.alloc(300_000)
    for (let i = 0; i < big.length; i++) big[i] = i % 251
    const answer = await answerOf((res) => {
      res.write('start ')
      res.write(big)
      res.end(' end')
    })
    expect(answer.body).toBe(`start ${big.toString('latin1')} end`)
    expect(answer.framing).toBe('chunked')
  })

  test('a view into a larger buffer sends its own part', async () => {
    const whole = Buffer.from('0123456789'.repeat(2_000))
    expect(
      (await answerOf((res) => res.end(new Uint8Array(whole.buffer, whole.byteOffset + 3, 4)))).body,
    ).toBe('3456')
    const large = await answerOf((res) => res.end(whole.subarray(1, 9_001)))
    expect(large.body).toBe(whole.toString('latin1', 1, 9_001))
  })
})

describe('Streaming', () => {
  test('write() sends chunks (RFC 9112, 7.1)', async () => {
    const server = new MemoryServer(async (_req, res) => {
      res.write('hello')
      await null
      res.write('größe')
      res.end(Buffer.from('!'))
    })
    const peer = server.connect()
    peer.receive(get('/'))
    await settle()
    expect(peer.written).toContain('Transfer-Encoding: chunked\r\n')
    expect(peer.written.endsWith('\r\n\r\n5\r\nhello\r\n7\r\ngrÃ¶Ã\u009fe\r\n1\r\n!\r\n0\r\n\r\n')).toBe(true)
  })

  test('an empty write() sends the head, not the chunk that would end the body', async () => {
    const answer = await answerOf(async (res) => {
      res.write('')
      await null
      res.write(Buffer.alloc(0))
      res.write('after')
      res.end('')
    })
    expect(answer).toMatchObject({ body: 'after', framing: 'chunked' })
  })

  test('an announced length makes chunks unnecessary', async () => {
    const answer = await answerOf((res) => {
      res.setHeader('Content-Length', 6).write('abc')
      res.end('def')
    })
    expect(answer).toMatchObject({ body: 'abcdef', framing: 'length' })
  })

  test('HTTP/1.0 never sees chunks', async () => {
    const answer = await answerOf(
      (res) => {
        res.write('abc')
        res.end('def')
      },
      'GET',
      '1.0',
    )
    expect(answer).toMatchObject({ body: 'abcdef', framing: 'close' })
  })

  test.each<[string, (res: Res) => unknown]>([
    ['write()', (res) => res.write('x')],
    ['end()', (res) => res.end('x')],
    ['a second end()', (res) => res.end()],
  ])('%s after the end throws RESPONSE_ENDED and sends nothing', async (_, call) => {
    expect(
      await thrownBy((res) => {
        res.end('done')
        call(res)
      }),
    ).toBe('RESPONSE_ENDED')
  })

  test('headSent and ended say where the response is', async () => {
    const seen: boolean[] = []
    await answerOf((res) => {
      seen.push(res.headSent, res.ended)
      res.write('x')
      seen.push(res.headSent, res.ended)
      res.end()
      seen.push(res.headSent, res.ended)
    })
    expect(seen).toEqual([false, false, true, false, true, true])
  })
})

describe('Date (RFC 9110, 6.6.1)', () => {
  test('is there once and advances with the clock', () => {
    const server = new MemoryServer((_req, res) => res.end())
    const peer = server.connect()
    const dates: unknown[] = []
    for (const ms of [0, 900, 200, 60_000]) {
      server.clock.advance(ms)
      const before = peer.written.length
      if (peer.isEnded) break
      peer.receive(get('/'))
      const [answer] = parseAnswers(peer.written.slice(before))
      expect(answer?.lines.filter((line) => /^date:/i.test(line))).toHaveLength(1)
      dates.push(answer?.fields.date)
    }
    expect(dates).toEqual([
      'Sat, 01 Jan 2000 00:00:00 GMT',
      'Sat, 01 Jan 2000 00:00:00 GMT',
      'Sat, 01 Jan 2000 00:00:01 GMT',
    ])
  })

  test('is current after a time without connections', () => {
    const server = new MemoryServer((_req, res) => res.end())
    server.clock.advance(3_600_000)
    const peer = server.connect()
    peer.receive(get('/'))
    expect(parseAnswers(peer.written)[0]?.fields.date).toBe('Sat, 01 Jan 2000 01:00:00 GMT')
  })

  test('the program may set its own, and take it back', async () => {
    const own = await answerOf((res) => res.setHeader('Date', 'today').end())
    expect(own.lines.filter((line) => /^date:/i.test(line))).toEqual(['Date: today'])
    const back = await answerOf((res) => res.setHeader('Date', 'today').removeHeader('date').end())
    expect(back.lines.filter((line) => /^date:/i.test(line))).toHaveLength(1)
    expect(back.fields.date).toMatch(/GMT$/)
  })
})
