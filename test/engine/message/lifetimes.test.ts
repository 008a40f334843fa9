import { describe, expect, test } from 'vitest'
import type { Handler } from '../../../src/engine/server/engine.ts'
import type { NovaError } from '../../../src/errors.ts'
import { bodiesOf, get, parseAnswers, post } from '../../support/answers.ts'
import { Doors } from '../../support/deferred.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'

type Req = Parameters<Handler>[0]
type Res = Parameters<Handler>[1]

const codeOf = async (call: () => unknown): Promise<string> => {
  try {
    await call()
    return 'nothing thrown'
  } catch (error) {
    return (error as NovaError).code
  }
}

describe('A request and its response across awaits', () => {
  test('stay readable while other requests pass through the same window', async () => {
    const doors = new Doors()
    const server = new MemoryServer(async (req, res) => {
      if (req.target.startsWith('/noise')) return res.end()
      const { headers } = req
      await doors.pass('go')
      const fields = [...headers].map(([name, value]) => `${name}=${value}`).join('&')
      res.end(`${req.method} ${req.target} ${req.path} ${req.query.get('q')} ${req.httpVersion} ${fields}`)
    })
    const peer = server.connect()
    peer.receive(get('/kept?q=1', 'X-One: a\r\nx-two:  b \r\n'))
    const noise = server.connect()
    for (let i = 0; i < 20; i++)
      noise.receive(get(`/noise${'n'.repeat(i * 10)}`, `X-Noise: ${'z'.repeat(100)}\r\n`))
    doors.open('go')
    await settle()
    expect(bodiesOf(peer.written)).toEqual(['GET /kept?q=1 /kept 1 1.1 Host=localhost&X-One=a&x-two=b'])
  })

  test('hundreds of concurrent exchanges only ever see themselves', async () => {
    const doors = new Doors()
    const wrong: string[] = []
    const server = new MemoryServer(async (req, res) => {
      const id = req.query.get('id') ?? ''
      const check = (): void => {
        const seen = [req.query.get('id'), req.headers.get('x-id'), res.getHeader('x-id')]
        if (seen.some((value) => value !== id)) wrong.push(`${id}: ${seen}`)
      }
      res.setHeader('X-Id', id)
      check()
      await doors.pass(`a${Number(id) % 7}`)
      check()
      if (req.method === 'POST' && (await req.text()) !== `body ${id}`) wrong.push(`${id}: body`)
      await doors.pass(`b${Number(id) % 5}`)
      check()
      if (Number(id) % 11 === 0) throw new Error('planned')
      res.write(id)
      await null
      check()
      res.end('.')
    })
    const peers = Array.from({ length: 40 }, () => server.connect())
    let id = 0
    const expected = peers.map(() => [] as string[])
    for (let round = 0; round < 4; round++) {
      peers.forEach((peer, i) => {
        if (peer.isPaused) return
        let bytes = ''
        for (let k = 0; k < 5; k++) {
          id++
          const target = `/?id=${id}`
          bytes +=
            k === 4 ? post(target, `body ${id}`, 'POST', `X-Id: ${id}\r\n`) : get(target, `X-Id: ${id}\r\n`)
          expected[i]?.push(id % 11 === 0 ? 'HANDLER_FAILED: The request handler failed.\n' : `${id}.`)
        }
        peer.receive(bytes)
      })
      if (round === 1) for (let k = 0; k < 7; k++) doors.open(`a${(k * 3) % 7}`)
      await settle(2)
    }
    for (let k = 0; k < 5; k++) {
      doors.open(`b${(k * 2) % 5}`)
      await settle(2)
    }
    await settle(20)
    expect(wrong).toEqual([])
    expect(peers.map((peer) => bodiesOf(peer.written))).toEqual(expected)
    expect(server.stats.exchanges.live).toBe(0)
    expect(server.stats.exchanges.peak).toBeGreaterThan(100)
  })
})

describe('After the exchange has ended', () => {
  const keepers = async (handler: Handler) => {
    let kept: { req: Req; res: Res; headers: Req['headers']; body: Req['body'] } | null = null
    const server = new MemoryServer((req, res) => {
      if (req.target === '/kept') kept = { req, res, headers: req.headers, body: req.body }
      return req.target === '/kept' ? handler(req, res) : undefined
    })
    const peer = server.connect()
    peer.receive(get('/kept'))
    await settle()
    if (kept === null) throw new Error('the handler did not run')
    // The pooled exchange now serves somebody else, whose handler has not answered.
    const other = server.connect()
    other.receive(post('/secret', 'secret body', 'POST', 'X-Secret: 1\r\n'))
    await settle()
    return { kept: kept as { req: Req; res: Res; headers: Req['headers']; body: Req['body'] }, other, server }
  }

  test('everything throws EXCHANGE_ENDED instead of showing another client’s request', async () => {
    const { kept, other } = await keepers((_req, res) => res.end())
    const { req, res, headers, body } = kept
    const uses: [string, () => unknown][] = [
      ['req.method', () => req.method],
      ['req.target', () => req.target],
      ['req.path', () => req.path],
      ['req.query', () => req.query],
      ['req.httpVersion', () => req.httpVersion],
      ['req.headers', () => req.headers],
      ['headers.get', () => headers.get('x-secret')],
      ['headers.getAll', () => headers.getAll('x-secret')],
      ['headers.has', () => headers.has('x-secret')],
      ['headers.size', () => headers.size],
      ['iterating headers', () => [...headers]],
      ['req.signal', () => req.signal],
      ['req.remoteAddress', () => req.remoteAddress],
      ['req.remotePort', () => req.remotePort],
      ['req.encrypted', () => req.encrypted],
      ['req.text', () => req.text()],
      ['req.json', () => req.json()],
      ['req.bytes', () => req.bytes()],
      ['req.body', () => req.body],
      ['a kept body', () => body[Symbol.asyncIterator]().next()],
      ['res.status', () => res.status],
      ['setting res.status', () => Object.assign(res, { status: 500 })],
      ['res.setHeader', () => res.setHeader('a', 'b')],
      ['res.appendHeader', () => res.appendHeader('a', 'b')],
      ['res.getHeader', () => res.getHeader('a')],
      ['res.removeHeader', () => res.removeHeader('a')],
      ['res.write', () => res.write('x')],
      ['res.end', () => res.end('x')],
      ['res.drained', () => res.drained()],
      ['res.headSent', () => res.headSent],
      ['res.ended', () => res.ended],
    ]
    const codes: Record<string, string> = {}
    for (const [name, use] of uses) codes[name] = await codeOf(use)
    expect(codes).toEqual(Object.fromEntries(uses.map(([name]) => [name, 'EXCHANGE_ENDED'])))
    await settle()
    expect(other.written).toBe('')
  })

  test('an iterator begun in time does not read on in another client’s body', async () => {
    let iterator: AsyncIterator<Uint8Array> | null = null
    const { other } = await keepers((req, res) => {
      iterator = req.body[Symbol.asyncIterator]()
      res.end()
    })
    const kept = iterator as AsyncIterator<Uint8Array> | null
    expect(await codeOf(() => kept?.next())).toBe('EXCHANGE_ENDED')
    await kept?.return?.().catch(() => {})
    await settle()
    expect(other.isEnded).toBe(false)
  })

  test.each<[string, Handler]>([
    [
      'a handler that threw',
      () => {
        throw new Error('planned')
      },
    ],
    ['a handler that rejected', () => Promise.reject(new Error('planned'))],
  ])('%s never sees another client through what it kept', async (_, handler) => {
    const { kept } = await keepers(handler)
    const seen: string[] = []
    for (const read of [() => kept.req.target, () => kept.headers.get('x-secret') ?? '']) {
      try {
        seen.push(read())
      } catch (error) {
        seen.push((error as NovaError).code)
      }
    }
    expect(seen.join()).not.toMatch(/secret|1/)
  })

  test('a handler whose exchange was cut off by an earlier answer keeps its own request', async () => {
    const kept = new Map<string, Req>()
    let first: Res | null = null
    const server = new MemoryServer((req, res) => {
      kept.set(req.target, req)
      if (req.target === '/0') first = res
      if (req.target === '/2') first?.setHeader('Connection', 'close').end()
    })
    const peer = server.connect()
    peer.receive(get('/0') + get('/1', 'X-Own: 1\r\n') + get('/2'))
    const other = server.connect()
    other.receive(get('/secret', 'X-Secret: 1\r\n').repeat(3))
    await settle()
    const req = kept.get('/1')
    expect([req?.target, req?.headers.get('x-own'), req?.headers.get('x-secret')]).toEqual([
      '/1',
      '1',
      undefined,
    ])
  })
})

describe('A client that leaves early', () => {
  test('aborts the signal with CLIENT_CLOSED, and a callback may still answer into the void', async () => {
    const seen: unknown[] = []
    let late: (() => void) | null = null
    const server = new MemoryServer((req, res) => {
      req.signal.addEventListener('abort', () => seen.push((req.signal.reason as NovaError).code))
      if (req.target !== '/mine') return
      late = () => {
        res.status = 201
        res.setHeader('X-A', '1').appendHeader('X-A', '2').removeHeader('X-A')
        seen.push(res.write('x'), res.ended)
        res.end('y')
        res.end('twice')
        seen.push(req.target)
      }
    })
    const peer = server.connect()
    peer.receive(get('/mine'))
    await settle()
    peer.close()
    await settle()
    for (let i = 0; i < 3; i++) server.connect().receive(get('/other'))
    const call = late as (() => void) | null
    expect(() => call?.()).not.toThrow()
    expect(seen).toEqual(['CLIENT_CLOSED', false, true, '/mine'])
    expect(peer.written).toBe('')
    expect(server.errors).toEqual([])
  })

  test('a handler that rejects afterwards is not reported', async () => {
    const server = new MemoryServer(async (req) => {
      await new Promise((_resolve, reject) =>
        req.signal.addEventListener('abort', () => reject(req.signal.reason)),
      )
    })
    const peer = server.connect()
    peer.receive(get('/'))
    peer.close()
    await settle()
    expect(server.errors).toEqual([])
    expect(server.stats).toMatchObject({ aborted: 1, handlerErrors: 0, exchanges: { live: 0 } })
  })

  test('a signal first read after the client left is aborted already', async () => {
    const doors = new Doors()
    const seen: boolean[] = []
    const server = new MemoryServer(async (req) => {
      await doors.pass('go')
      seen.push(req.signal.aborted)
    })
    const peer = server.connect()
    peer.receive(get('/'))
    peer.close()
    doors.open('go')
    await settle()
    expect(seen).toEqual([true])
  })

  test('the signal stays quiet when the client leaves after its answer', async () => {
    const seen: string[] = []
    const server = new MemoryServer((req, res) => {
      req.signal.addEventListener('abort', () => seen.push('aborted'))
      res.end()
    })
    const peer = server.connect()
    peer.receive(get('/'))
    await settle()
    peer.close()
    await settle()
    expect(seen).toEqual([])
    expect(server.stats.aborted).toBe(0)
  })

  test('a half-close fires the signal, since it may be all a leaving client says; what was asked is answered', async () => {
    const doors = new Doors()
    const aborted: string[] = []
    const server = new MemoryServer(async (req, res) => {
      req.signal.addEventListener('abort', () => aborted.push(req.target))
      await doors.pass('go')
      res.end(req.target)
    })
    const peer = server.connect()
    peer.receive(get('/0') + get('/1'))
    peer.endInput()
    await settle()
    expect(peer.isEnded).toBe(false)
    doors.open('go')
    await settle()
    expect(bodiesOf(peer.written)).toEqual(['/0', '/1'])
    expect(peer.isEnded).toBe(true)
    expect(aborted).toEqual(['/0', '/1'])
  })
})

describe('The pool', () => {
  test('reuses exchanges: a thousand requests in turn need one', () => {
    const server = new MemoryServer((_req, res) => res.end())
    const peer = server.connect()
    for (let i = 0; i < 999; i++) peer.receive(get('/'))
    expect(parseAnswers(peer.written)).toHaveLength(999)
    expect(server.stats.exchanges).toEqual({ live: 0, peak: 1, idle: 1 })
  })

  test('lends the bytes of a head that outlives its turn, and gets them back unless somebody may go on reading', async () => {
    const kept: string[] = []
    const server = new MemoryServer(async (req, res) => {
      await settle(1)
      kept.push(req.target)
      res.end()
    })
    const peer = server.connect()
    peer.receive('GET /a HTTP/1.1\r\nHost: h\r\n\r\n')
    expect(server.stats.heads.live).toBe(1)
    await settle()
    expect(server.stats.heads).toMatchObject({ live: 0, idleBytes: 512 })
    peer.receive('GET /b HTTP/1.1\r\nHost: h\r\n\r\n')
    peer.close()
    await settle()
    expect(kept).toEqual(['/a', '/b'])
    expect(server.stats.heads).toMatchObject({ live: 0, idleBytes: 0 })
  })

  test('holds an exchange until its handler has settled, even when it is answered', async () => {
    const doors = new Doors()
    const targets: string[] = []
    const server = new MemoryServer(async (req, res) => {
      res.end()
      await doors.pass('go')
      targets.push(req.target)
    })
    const peer = server.connect()
    peer.receive(get('/0'))
    peer.receive(get('/1'))
    await settle()
    expect(server.stats.exchanges.live).toBe(2)
    doors.open('go')
    await settle()
    expect(targets).toEqual(['/0', '/1'])
    expect(server.stats.exchanges.live).toBe(0)
  })
})
