import { describe, expect, test, vi } from 'vitest'
import { Engine, type Handler } from '../../../src/engine/server/engine.ts'
import { ManualClock } from '../../../src/engine/time/manual-clock.ts'
import { NovaError } from '../../../src/errors.ts'
import { bodiesOf, get, parseAnswers } from '../../support/answers.ts'
import { Doors } from '../../support/deferred.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'
import { StreamPeer } from '../../support/stream-peer.ts'

/** Fails at /fail and answers everything else. */
const failing =
  (fail: Handler): Handler =>
  (req, res) =>
    req.target === '/fail' ? fail(req, res) : res.end(req.target)

const ways: [string, Handler][] = [
  [
    'throws',
    () => {
      throw new Error('planned')
    },
  ],
  ['rejects', () => Promise.reject(new Error('planned'))],
  [
    'rejects later',
    async () => {
      await new Promise((resolve) => setImmediate(resolve))
      throw new Error('planned')
    },
  ],
  [
    'prepares an answer and throws',
    (_req, res) => {
      res.status = 201
      res.setHeader('X-Secret', '1').setHeader('Content-Length', 3)
      throw new Error('planned')
    },
  ],
  [
    'returns a thenable that rejects',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: a foreign thenable is what is tested
      then: (_: unknown, reject: (e: Error) => void) => reject(new Error('planned')),
    }),
  ],
  [
    'returns a thenable that throws',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: a foreign thenable is what is tested
      then: () => {
        throw new Error('planned')
      },
    }),
  ],
  [
    'returns an object whose then cannot be read',
    () =>
      Object.defineProperty({}, 'then', {
        get: () => {
          throw new Error('planned')
        },
      }),
  ],
]

describe('A handler that fails before its head is sent', () => {
  test.each(ways)('%s: 500, and the connection and everybody else go on', async (_, fail) => {
    const server = new MemoryServer(failing(fail))
    const [peer, other] = [server.connect(), server.connect()]
    peer.receive(get('/before') + get('/fail') + get('/after'))
    other.receive(get('/other'))
    await settle()
    const answers = parseAnswers(peer.written)
    expect(answers.map(({ status }) => status)).toEqual([200, 500, 200])
    expect(answers[1]?.body).toBe('HANDLER_FAILED: The request handler failed.\n')
    expect(answers[1]?.fields).not.toHaveProperty('x-secret')
    expect(bodiesOf(other.written)).toEqual(['/other'])
    expect(server.errors.map((error) => (error as Error).message)).toEqual(['planned'])
    expect(server.stats).toMatchObject({ handlerErrors: 1, exchanges: { live: 0 } })
    peer.receive(get('/later'))
    await settle()
    expect(bodiesOf(peer.written).at(-1)).toBe('/later')
  })

  test('nothing of the error reaches the client', async () => {
    const server = new MemoryServer(() => Promise.reject(new Error('password=1234')))
    const peer = server.connect()
    peer.receive(get('/'))
    await settle()
    expect(peer.written).not.toContain('1234')
  })

  test('an error of the engine that stands for a 4xx answers that, and is not reported', async () => {
    const server = new MemoryServer(
      failing(() => Promise.reject(new NovaError('BODY_TOO_LARGE', 'Too much.'))),
    )
    const peer = server.connect()
    peer.receive(get('/fail') + get('/after'))
    await settle()
    expect(parseAnswers(peer.written).map(({ status, body }) => [status, body])).toEqual([
      [413, 'BODY_TOO_LARGE: Too much.\n'],
      [200, '/after'],
    ])
    expect(server.errors).toEqual([])
    expect(server.stats.handlerErrors).toBe(0)
  })

  const hostile: [string, () => unknown][] = [
    ['undefined', () => undefined],
    ['null', () => null],
    ['a symbol', () => Symbol('x')],
    ['an object without a prototype', () => Object.create(null)],
    [
      'a proxy whose traps throw',
      () => {
        const boom = (): never => {
          throw new Error('trap')
        }
        return new Proxy(new Error('x'), { get: boom, getPrototypeOf: boom, has: boom, ownKeys: boom })
      },
    ],
    [
      'an error of the engine whose message cannot be read',
      () =>
        Object.defineProperty(new NovaError('BODY_TOO_LARGE'), 'message', {
          get: () => {
            throw new Error('getter')
          },
        }),
    ],
    [
      'an error of the engine with a status that is none',
      () => Object.assign(new NovaError('BODY_TOO_LARGE'), { status: 450.5 }),
    ],
  ]
  test.each(hostile)('throwing %s is a 500 like any other', async (_, make) => {
    for (const fail of [
      () => {
        throw make()
      },
      // A rejection made by hand: an async function would be the same.
      () => Promise.reject(make()),
    ]) {
      const server = new MemoryServer(failing(fail))
      const peer = server.connect()
      peer.receive(get('/fail') + get('/after'))
      await settle()
      expect(parseAnswers(peer.written).map(({ status }) => status)).toEqual([500, 200])
      expect(server.errors).toHaveLength(1)
    }
  })
})

describe('A handler that fails after its head is sent', () => {
  test.each<[string, Handler]>([
    [
      'synchronously',
      (_req, res) => {
        res.write('so far')
        throw new Error('planned')
      },
    ],
    [
      'later',
      async (_req, res) => {
        res.write('so far')
        await new Promise((resolve) => setImmediate(resolve))
        throw new Error('planned')
      },
    ],
  ])('%s: the connection breaks off, so that the answer cannot pass for complete', async (_, fail) => {
    const server = new MemoryServer(failing(fail))
    const [peer, other] = [server.connect(), server.connect()]
    peer.receive(get('/before') + get('/fail') + get('/after'))
    other.receive(get('/other'))
    await settle()
    expect(peer.isDestroyed).toBe(true)
    expect(peer.written).toContain('/before')
    expect(peer.written).not.toContain('0\r\n\r\n')
    expect(peer.written).not.toContain('/after')
    expect(bodiesOf(other.written)).toEqual(['/other'])
    expect(server.errors).toHaveLength(1)
    expect(server.stats).toMatchObject({
      connections: { closed: { handlerError: 1 } },
      exchanges: { live: 0 },
    })
  })

  test('after the end of its answer: it is reported, and nothing else happens', async () => {
    const server = new MemoryServer(
      failing((_req, res) => {
        res.end('done')
        throw new Error('planned')
      }),
    )
    const peer = server.connect()
    peer.receive(get('/fail') + get('/after'))
    await settle()
    expect(bodiesOf(peer.written)).toEqual(['done', '/after'])
    expect(server.errors).toHaveLength(1)
    expect(server.stats.exchanges.live).toBe(0)
  })

  test('an earlier answer of the connection still leaves', async () => {
    const doors = new Doors()
    const server = new MemoryServer(async (req, res) => {
      if (req.target === '/slow') {
        await doors.pass('slow')
        return res.end('slow answer')
      }
      res.write('so far')
      throw new Error('planned')
    })
    const peer = server.connect()
    peer.receive(get('/slow') + get('/fail'))
    await settle()
    expect(peer.isDestroyed).toBe(false)
    doors.open('slow')
    await settle()
    expect(peer.written).toContain('slow answer')
    expect(peer.isDestroyed).toBe(true)
    expect(server.stats.exchanges.live).toBe(0)
  })
})

describe('A foreign thenable', () => {
  test('that settles many times ends its own exchange only, not the one that reuses its place', async () => {
    let resolveFirst: () => void = () => {}
    const targets: string[] = []
    const later = async (req: Parameters<Handler>[0]): Promise<void> => {
      await settle(2)
      targets.push(req.target)
    }
    const server = new MemoryServer((req, res) => {
      res.end(req.target)
      if (req.target !== '/thenable') return later(req)
      return {
        // biome-ignore lint/suspicious/noThenProperty: a foreign thenable is what is tested
        then: (resolve: () => void) => {
          resolveFirst = resolve
        },
      }
    })
    const peer = server.connect()
    peer.receive(get('/thenable'))
    await settle(1)
    resolveFirst()
    await settle(1)
    peer.receive(get('/next'))
    resolveFirst()
    await settle()
    expect(targets).toEqual(['/next'])
    expect(server.errors).toEqual([])
    expect(server.stats.exchanges).toMatchObject({ live: 0, peak: 1 })
  })
})

describe('The onError hook', () => {
  const serve = async (onError: (error: unknown) => void) => {
    const engine = new Engine(
      { onError },
      failing(() => {
        throw new Error('planned')
      }),
      new ManualClock(),
    )
    const peer = new StreamPeer(engine)
    peer.send(get('/fail') + get('/after'))
    await settle()
    return bodiesOf(peer.received)
  }

  test('is told what the handler threw', async () => {
    const errors: unknown[] = []
    await serve((error) => errors.push(error))
    expect(errors).toEqual([new Error('planned')])
  })

  test('may throw itself without harm to the turn', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const bodies = await serve(() => {
      throw new Error('hook')
    })
    expect(bodies).toEqual(['HANDLER_FAILED: The request handler failed.\n', '/after'])
    expect(warn).toHaveBeenCalledOnce()
    warn.mockRestore()
  })

  test('is console.error when none is given', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const engine = new Engine({}, () => Promise.reject(new Error('planned')), new ManualClock())
    new StreamPeer(engine).send(get('/'))
    await settle()
    expect(log).toHaveBeenCalledWith(new Error('planned'))
    log.mockRestore()
  })
})
