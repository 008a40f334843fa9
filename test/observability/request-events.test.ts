import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Handler } from '../../src/engine/server/engine.ts'
import { Engine } from '../../src/engine/server/engine.ts'
import { engineChannel } from '../../src/engine/stats/channels.ts'
import { ManualClock } from '../../src/engine/time/manual-clock.ts'
import type { EngineOptions } from '../../src/options.ts'
import { get, parseAnswers, post } from '../support/answers.ts'
import { Doors } from '../support/deferred.ts'
import { MemoryServer, settle } from '../support/memory-server.ts'
import { StreamPeer } from '../support/stream-peer.ts'
import { published } from './published.ts'

const START = 'nova-http:request.start'
const END = 'nova-http:request.end'

/** Answers behind the door that a target names. */
const gated = (options: EngineOptions = {}) => {
  const doors = new Doors()
  const handler: Handler = async (req, res) => {
    const { target } = req
    await doors.pass(target)
    if (target === '/throw') throw new Error('planned')
    res.end(target)
  }
  const server = new MemoryServer(handler, { idleTimeoutMs: 0, ...options })
  return { server, doors, peer: server.connect() }
}

describe('a request', () => {
  test('is published at its start and its end, as one object', async () => {
    const seen = published(START, END)
    const server = new MemoryServer((_req, res) => res.end('x'))
    const peer = server.connect()
    peer.receive(get('/a?b=c', 'X-Request-Id: 7\r\n'))
    await settle()
    expect(seen.map(([name]) => name)).toEqual([START, END])
    const [start, end] = seen.map(([, event]) => event)
    expect(end).toBe(start)
    expect(end).toMatchObject({
      method: 'GET',
      target: '/a?b=c',
      httpVersion: '1.1',
      remoteAddress: peer.remoteAddress,
      remotePort: peer.remotePort,
      encrypted: false,
      status: 200,
      bytesWritten: peer.written.length,
      isComplete: true,
      error: null,
    })
  })

  test('shows its fields at its start', () => {
    const ids: (string | undefined)[] = []
    const listener = ({ headers }: { headers: { get(name: string): string | undefined } }): void => {
      ids.push(headers.get('x-request-id'))
    }
    engineChannel(START).subscribe(listener)
    onTestFinished(() => {
      engineChannel(START).unsubscribe(listener)
    })
    new MemoryServer((_req, res) => res.end('x')).connect().receive(get('/', 'X-Request-Id: 7\r\n'))
    expect(ids).toEqual(['7'])
  })

  test('has the time of each phase', async () => {
    const seen = published(END)
    const { server, doors, peer } = gated()
    const { clock } = server
    // Not safe, and behind another one: its handler is called once that is answered (RFC 9112, 9.3.2).
    peer.receive(get('/first') + post('/second', 'body'))
    clock.advance(10)
    doors.open('/first')
    await settle()
    clock.advance(20)
    peer.holdWrites()
    doors.open('/second')
    await settle()
    clock.advance(40)
    expect(seen).toHaveLength(1)
    peer.releaseWrites()
    await settle()
    expect(seen.map(([, event]) => event)).toMatchObject([
      {
        target: '/first',
        headReceivedAt: 0,
        handlerCalledAt: 0,
        answeredAt: 10,
        headSentAt: 10,
        endedAt: 10,
      },
      {
        target: '/second',
        headReceivedAt: 0,
        handlerCalledAt: 10,
        answeredAt: 30,
        headSentAt: 30,
        endedAt: 70,
      },
    ])
  })

  test('that streams its answer has sent its head before its handler has answered', async () => {
    const seen = published(END)
    const doors = new Doors()
    const server = new MemoryServer(async (_req, res) => {
      res.write('begun')
      await doors.pass('rest')
      res.end()
    })
    const peer = server.connect()
    peer.receive(get('/'))
    await settle()
    server.clock.advance(5)
    doors.open('rest')
    await settle()
    expect(seen[0]?.[1]).toMatchObject({ headSentAt: 0, answeredAt: 5, endedAt: 5, isComplete: true })
    expect(seen[0]?.[1].bytesWritten).toBe(peer.written.length)
  })

  test('counts informational responses as bytes, not as its head', async () => {
    const seen = published(END)
    const { server, doors, peer } = gated()
    const hinting = new MemoryServer(async (_req, res) => {
      res.writeProcessing()
      await doors.pass('rest')
      res.end()
    })
    const other = hinting.connect()
    other.receive(get('/'))
    await settle()
    hinting.clock.advance(5)
    doors.open('rest')
    await settle()
    expect(seen[0]?.[1]).toMatchObject({ headSentAt: 5, bytesWritten: other.written.length, status: 200 })
    peer.close()
    expect(server.stats.connections.open).toBe(0)
  })

  test('ends when the kernel has taken its own bytes, whatever waits behind them', async () => {
    const seen = published(END)
    const { doors, peer } = gated()
    peer.receive(get('/first') + get('/second'))
    peer.holdWrites()
    doors.open('/first')
    await settle()
    const { pendingBytes } = peer
    doors.open('/second')
    await settle()
    expect(seen).toEqual([])
    peer.takePending(pendingBytes)
    // Any turn finds out: here, of the next request.
    peer.receive(get('/third'))
    expect(seen.map(([, { target }]) => target)).toEqual(['/first'])
  })

  test('on a stream ends when the stream has it', async () => {
    const seen = published(END)
    const peer = new StreamPeer(new Engine({}, (_req, res) => res.end('x'), new ManualClock()))
    peer.send(get('/'))
    await settle()
    expect(seen).toMatchObject([[END, { isComplete: true, remoteAddress: '' }]])
  })

  test('of several on one connection ends in order', async () => {
    const seen = published(END)
    const { doors, peer } = gated()
    peer.receive(get('/1') + get('/2') + get('/3'))
    for (const name of ['/3', '/2', '/1']) {
      doors.open(name)
      await settle(1)
    }
    expect(seen.map(([, { target }]) => target)).toEqual(['/1', '/2', '/3'])
    expect(new Set(seen.map(([, { connection }]) => connection)).size).toBe(1)
  })
})

describe('a request that goes wrong', () => {
  test('ends with what its handler threw', async () => {
    const seen = published(END)
    const { doors, peer } = gated()
    peer.receive(get('/throw'))
    doors.open('/throw')
    await settle()
    expect(seen[0]?.[1]).toMatchObject({ status: 500, isComplete: true, error: new Error('planned') })
  })

  test('ends incomplete when its client leaves before the answer', async () => {
    const seen = published(START, END)
    const { server, peer } = gated()
    peer.receive(get('/never'))
    server.clock.advance(3)
    peer.close()
    expect(seen.at(-1)).toMatchObject([
      END,
      {
        status: 0,
        isComplete: false,
        endedAt: 3,
        answeredAt: -1,
        headSentAt: -1,
        error: { code: 'CLIENT_CLOSED' },
      },
    ])
  })

  test('ends incomplete when its client leaves with the answer half taken', async () => {
    const seen = published(END)
    const { doors, peer } = gated()
    peer.receive(get('/a'))
    peer.holdWrites()
    doors.open('/a')
    await settle()
    peer.takePending(10)
    peer.close()
    expect(seen).toMatchObject([[END, { status: 200, isComplete: false, error: { code: 'CLIENT_CLOSED' } }]])
  })

  test('ends with WRITE_TIMEOUT when its client takes nothing of its answer, before those behind it', async () => {
    const seen = published(END)
    const { server, doors, peer } = gated({ writeTimeoutMs: 2_000 })
    peer.receive(get('/a') + get('/never'))
    peer.holdWrites()
    doors.open('/a')
    await settle()
    server.clock.advance(3_000)
    await settle()
    expect(seen.map(([, event]) => event)).toMatchObject([
      { target: '/a', status: 200, isComplete: false, error: { code: 'WRITE_TIMEOUT' } },
      { target: '/never', status: 0, isComplete: false, error: { code: 'WRITE_TIMEOUT' } },
    ])
  })

  test('ends with the refusal that took the place of its answer', async () => {
    const seen = published(END)
    const { server, peer } = gated({ handlerTimeoutMs: 2_000 })
    peer.receive(get('/never'))
    server.clock.advance(3_000)
    await settle()
    expect(seen).toMatchObject([[END, { status: 503, isComplete: true, error: { code: 'HANDLER_TIMEOUT' } }]])
    expect(parseAnswers(peer.written)[0]?.status).toBe(503)
  })

  test('starts and ends too when it is refused for want of capacity', async () => {
    const seen = published(START, END)
    const { server, peer } = gated({ maxRequestsInFlight: 1 })
    peer.receive(get('/never'))
    server.connect().receive(get('/shed'))
    await settle(1)
    expect(seen.map(([name, { target, status }]) => [name, target, status])).toEqual([
      [START, '/never', 0],
      [START, '/shed', 503],
      [END, '/shed', 503],
    ])
  })

  test('has neither start nor end when its handler was never called', async () => {
    const seen = published(START, END)
    const { peer } = gated()
    peer.receive(get('/first') + post('/held', ''))
    peer.close()
    await settle()
    expect(seen.map(([name, { target }]) => [name, target])).toEqual([
      [START, '/first'],
      [END, '/first'],
    ])
  })

  test('has neither when another protocol takes it over', async () => {
    const seen = published(START, END)
    const server = new MemoryServer((_req, res) => res.end(), {
      onUpgrade: (_req, stream) => stream.destroy(),
    })
    server.connect().receive(get('/', 'Connection: upgrade\r\nUpgrade: x\r\n'))
    await settle()
    expect(seen).toEqual([])
  })
})

describe('subscribing', () => {
  test('to ends alone tells of the requests that begin from then on', async () => {
    const { doors, peer } = gated()
    peer.receive(get('/before'))
    const seen = published(END)
    peer.receive(get('/after'))
    doors.open('/before')
    doors.open('/after')
    await settle()
    expect(seen.map(([, { target }]) => target)).toEqual(['/after'])
  })

  test('is what costs anything: without it, requests are not followed', async () => {
    const { server, doors, peer } = gated()
    let reads = 0
    const { now } = server.clock
    peer.receive(get('/a'))
    server.clock.now = () => {
      reads++
      return now.call(server.clock)
    }
    peer.receive(get('/b'))
    doors.open('/a')
    doors.open('/b')
    await settle()
    expect(parseAnswers(peer.written)).toHaveLength(2)
    expect(reads).toBe(0)
    published(START)
    peer.receive(get('/a'))
    await settle()
    expect(reads).toBeGreaterThan(0)
  })
})

describe('bindStore()', () => {
  test('gives the handler, and what it awaits, a context of its own', async () => {
    const storage = new AsyncLocalStorage<string>()
    engineChannel(START).bindStore(storage, ({ target }) => `of ${target}`)
    onTestFinished(() => {
      engineChannel(START).unbindStore(storage)
    })
    const doors = new Doors()
    const server = new MemoryServer(async (req, res) => {
      const before = storage.getStore()
      await doors.pass(req.target)
      res.end(`${before}, still ${storage.getStore()}`)
    })
    const peer = server.connect()
    peer.receive(get('/1') + get('/2'))
    doors.open('/2')
    doors.open('/1')
    await settle()
    expect(parseAnswers(peer.written).map(({ body }) => body)).toEqual([
      'of /1, still of /1',
      'of /2, still of /2',
    ])
    expect(storage.getStore()).toBeUndefined()
  })
})
