import { describe, expect, test } from 'vitest'
import type { Handler } from '../../../src/engine/server/engine.ts'
import { bodiesOf, get, parseAnswers } from '../../support/answers.ts'
import { Doors } from '../../support/deferred.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'

const targets = (count: number): string[] => Array.from({ length: count }, (_, i) => `/${i}`)
const pipeline = (count: number): string =>
  targets(count)
    .map((target) => get(target))
    .join('')

/** Answers with the target once its door is open; notes how many run beside each other. */
const gated = () => {
  const doors = new Doors()
  const load = { running: 0, most: 0, started: [] as string[] }
  const handler: Handler = async (req, res) => {
    load.started.push(req.target)
    load.most = Math.max(load.most, ++load.running)
    await doors.pass(req.target)
    load.running--
    res.end(req.target)
  }
  return { doors, load, handler }
}

describe('Answers leave in request order (RFC 9112, 9.3.2)', () => {
  test.each([
    ['forwards', (all: string[]) => all],
    ['backwards', (all: string[]) => all.toReversed()],
    [
      'odd ones first',
      (all: string[]) => [...all.filter((_, i) => i % 2), ...all.filter((_, i) => i % 2 === 0)],
    ],
  ])('when the handlers finish %s', async (_, order) => {
    const { doors, handler } = gated()
    const peer = new MemoryServer(handler).connect()
    peer.receive(pipeline(8))
    for (const target of order(targets(8))) {
      doors.open(target)
      await settle(1)
    }
    await settle()
    expect(bodiesOf(peer.written)).toEqual(targets(8))
  })

  test('nothing leaves before the first answer, and then everything in one write', async () => {
    const { doors, handler } = gated()
    const peer = new MemoryServer(handler).connect()
    peer.receive(pipeline(5))
    for (const target of targets(5).slice(1)) doors.open(target)
    await settle()
    expect(peer.writes).toBe(0)
    doors.open('/0')
    await settle()
    expect(bodiesOf(peer.written)).toEqual(targets(5))
    expect(peer.writes).toBe(1)
  })

  test('sync, async and failing handlers mix', async () => {
    const doors = new Doors()
    const server = new MemoryServer((req, res) => {
      const kind = Number(req.target.slice(1)) % 5
      if (kind === 0) return res.end(req.target)
      if (kind === 1) return doors.pass('slow').then(() => res.end(req.target))
      if (kind === 2) throw new Error('thrown')
      if (kind === 3) return Promise.reject(new Error('rejected'))
      return queueMicrotask(() => res.end(req.target))
    })
    const peer = server.connect()
    peer.receive(pipeline(10))
    await settle()
    doors.open('slow')
    await settle()
    const answers = parseAnswers(peer.written)
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 500, 500, 200, 200, 200, 500, 500, 200])
    expect(server.errors).toHaveLength(4)
    expect(server.stats.exchanges.live).toBe(0)
  })

  test('streamed pieces of a later answer wait for the earlier ones', async () => {
    const doors = new Doors()
    const peer = new MemoryServer(async (req, res) => {
      const { target } = req
      res.write(`${target} a,`)
      await doors.pass(target)
      res.write(`${target} b,`)
      res.end(`${target} c`)
    }).connect()
    peer.receive(pipeline(2))
    await settle()
    expect(peer.written).toContain('/0 a')
    expect(peer.written).not.toContain('/1 a')
    doors.open('/1')
    await settle()
    expect(peer.written).not.toContain('/1 a')
    doors.open('/0')
    await settle()
    expect(bodiesOf(peer.written)).toEqual(['/0 a,/0 b,/0 c', '/1 a,/1 b,/1 c'])
  })

  test('a handler may end a later request of its connection, and the order stays', async () => {
    const responses = new Map<string, Parameters<Handler>[1]>()
    const peer = new MemoryServer((req, res) => {
      responses.set(req.target, res)
      if (req.target === '/2') for (const name of ['/1', '/2', '/0']) responses.get(name)?.end(name)
    }).connect()
    peer.receive(pipeline(3))
    await settle()
    expect(bodiesOf(peer.written)).toEqual(['/0', '/1', '/2'])
  })

  test("a handler may end another connection's request", async () => {
    let waiting: Parameters<Handler>[1] | null = null
    const server = new MemoryServer((req, res) => {
      if (req.target === '/wait') {
        waiting = res
        return
      }
      waiting?.end('from elsewhere')
      res.end('own')
    })
    const [first, second] = [server.connect(), server.connect()]
    first.receive(get('/wait'))
    second.receive(get('/go'))
    await settle()
    expect(bodiesOf(first.written)).toEqual(['from elsewhere'])
    expect(bodiesOf(second.written)).toEqual(['own'])
  })
})

describe('One write per turn', () => {
  test('a batch of synchronous answers is one write', () => {
    const peer = new MemoryServer((req, res) => res.end(req.target)).connect()
    peer.receive(pipeline(20))
    expect(peer.writes).toBe(1)
    expect(bodiesOf(peer.written)).toHaveLength(20)
  })

  test('a batch of answers given in microtasks is one write', async () => {
    const peer = new MemoryServer(async (req, res) => {
      await null
      res.end(req.target)
    }).connect()
    peer.receive(pipeline(20))
    await settle()
    expect(peer.writes).toBe(1)
    expect(bodiesOf(peer.written)).toEqual(targets(20))
  })

  test('a batch of large bodies is one write', () => {
    const peer = new MemoryServer((_req, res) => res.end(Buffer.alloc(10_000, 'x'))).connect()
    peer.receive(pipeline(4))
    expect(peer.writes).toBe(1)
    expect(bodiesOf(peer.written).map(({ length }) => length)).toEqual([10_000, 10_000, 10_000, 10_000])
  })
})

describe('At most maxPipelined requests of a connection are in flight', () => {
  test.each([1, 2, 7, 32])('%i of 100, and none is lost', async (maxPipelined) => {
    const { doors, load, handler } = gated()
    const peer = new MemoryServer(handler, { maxPipelined }).connect()
    peer.receive(pipeline(100))
    await settle()
    expect(load.started).toEqual(targets(maxPipelined))
    expect(peer.isPaused).toBe(true)
    for (const target of targets(100)) {
      doors.open(target)
      if (load.started.length < 60) await settle(1)
    }
    await settle()
    expect(load.most).toBe(maxPipelined)
    expect(bodiesOf(peer.written)).toEqual(targets(100))
    expect(peer.isPaused).toBe(false)
  })

  test('finished ones count until their answer may leave', async () => {
    const { doors, load, handler } = gated()
    const peer = new MemoryServer(handler, { maxPipelined: 3 }).connect()
    peer.receive(pipeline(5))
    doors.open('/1')
    doors.open('/2')
    await settle()
    expect(load.started).toHaveLength(3)
    doors.open('/0')
    await settle()
    expect(load.started).toHaveLength(5)
  })

  test('every connection has its own', async () => {
    const { load, handler } = gated()
    const server = new MemoryServer(handler, { maxPipelined: 2 })
    server.connect().receive(pipeline(5))
    server.connect().receive(pipeline(5))
    expect(load.running).toBe(4)
  })

  test('what arrives in pieces while they are busy is kept in order', async () => {
    const { doors, handler } = gated()
    const peer = new MemoryServer(handler, { maxPipelined: 2 }).connect()
    const bytes = pipeline(12)
    let next = 0
    for (const target of targets(12)) {
      while (!peer.isPaused && next < bytes.length) {
        peer.receive(bytes.slice(next, next + 13))
        next += 13
      }
      doors.open(target)
      await settle(1)
    }
    await settle()
    expect(next).toBeGreaterThanOrEqual(bytes.length)
    expect(bodiesOf(peer.written)).toEqual(targets(12))
  })
})

describe('Connection: close in the middle of a pipeline (RFC 9112, 9.6)', () => {
  test('requests after one with Connection: close are never begun', async () => {
    const { load, doors, handler } = gated()
    const server = new MemoryServer(handler)
    const peer = server.connect()
    peer.receive(get('/0') + get('/1', 'Connection: close\r\n') + get('/2'))
    for (const target of targets(3)) doors.open(target)
    await settle()
    expect(load.started).toEqual(['/0', '/1'])
    expect(bodiesOf(peer.written)).toEqual(['/0', '/1'])
    expect(peer.isEnded).toBe(true)
  })

  test('handlers after an answer that closes see an abort, and what they write goes nowhere', async () => {
    const aborted: string[] = []
    const doors = new Doors()
    const server = new MemoryServer(async (req, res) => {
      const { target } = req
      req.signal.addEventListener('abort', () => aborted.push(target))
      await doors.pass(target)
      if (target === '/1') res.setHeader('Connection', 'close')
      res.end(target)
    })
    const peer = server.connect()
    peer.receive(pipeline(5))
    for (const target of ['/1', '/0']) doors.open(target)
    await settle()
    expect(aborted).toEqual(['/2', '/3', '/4'])
    for (const target of ['/2', '/3', '/4']) doors.open(target)
    await settle()
    expect(bodiesOf(peer.written)).toEqual(['/0', '/1'])
    expect(server.errors).toEqual([])
    expect(server.stats).toMatchObject({ aborted: 3, exchanges: { live: 0 } })
  })

  test('later synchronous answers of the same read are dropped as well', () => {
    const peer = new MemoryServer((req, res) => {
      if (req.target === '/1') res.setHeader('Connection', 'close')
      res.end(req.target)
    }).connect()
    peer.receive(pipeline(4))
    expect(bodiesOf(peer.written)).toEqual(['/0', '/1'])
    expect(peer.isEnded).toBe(true)
  })
})
