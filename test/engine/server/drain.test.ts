import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { Engine, type Handler } from '../../../src/engine/server/engine.ts'
import type { Ticker } from '../../../src/engine/time/clock.ts'
import { ManualClock } from '../../../src/engine/time/manual-clock.ts'
import { bodiesOf, get, parseAnswers, post } from '../../support/answers.ts'
import { Doors } from '../../support/deferred.ts'
import { settle } from '../../support/memory-server.ts'
import { StreamPeer } from '../../support/stream-peer.ts'

/** A deadline fires up to a tick late. */
const SLACK_MS = 200

/** Shows what its ticker does. */
class WatchedClock extends ManualClock {
  ticker: Ticker | null = null

  override every(ms: number, callback: () => void): Ticker {
    this.ticker = super.every(ms, callback)
    return this.ticker
  }
}

const gated = () => {
  const doors = new Doors()
  const clock = new WatchedClock()
  const begun: string[] = []
  const handler: Handler = async (req, res) => {
    const { target } = req
    begun.push(target)
    if (target.startsWith('/wait')) await doors.pass(target)
    res.end(target)
  }
  const engine = new Engine({ onError: () => {}, idleTimeoutMs: 0 }, handler, clock)
  return { doors, clock, engine, begun }
}

const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  let settled = false
  void promise.then(() => {
    settled = true
  })
  await settle()
  return settled
}

describe('drain()', () => {
  test('of an engine that never listened is done at once', async () => {
    const { engine } = gated()
    expect(await engine.drain()).toEqual({ finished: 0, idleClosed: 0, aborted: 0, tookMs: 0 })
  })

  test('leaves no tick behind, whatever it ended with', async () => {
    for (const isAborted of [false, true]) {
      const { engine, doors, clock } = gated()
      const peer = new StreamPeer(engine)
      peer.send(get('/wait'))
      await settle()
      expect(clock.ticker?.isRunning).toBe(true)
      const drained = engine.drain({ graceMs: 1_000, idleGraceMs: 0 })
      if (!isAborted) doors.open('/wait')
      await settle()
      peer.end()
      clock.advance(1_000 + SLACK_MS)
      expect((await drained).aborted).toBe(isAborted ? 1 : 0)
      clock.advance(SLACK_MS)
      expect(clock.ticker?.isRunning).toBe(false)
    }
  })

  test('closes idle connections, lets busy ones finish, and says what it did', async () => {
    const { engine, doors, clock } = gated()
    const [idle, busy] = [new StreamPeer(engine), new StreamPeer(engine)]
    idle.send(get('/before'))
    busy.send(get('/wait'))
    await settle()
    const drained = engine.drain({ idleGraceMs: 0 })
    await settle()
    expect([idle.hasEnded, busy.hasEnded]).toEqual([true, false])
    idle.end()
    clock.advance(300)
    doors.open('/wait')
    await settle()
    expect(parseAnswers(busy.received).map(({ body, fields }) => [body, fields.connection])).toEqual([
      ['/wait', 'close'],
    ])
    busy.end()
    expect(await drained).toEqual({ finished: 1, idleClosed: 1, aborted: 0, tookMs: 300 })
    expect(engine.stats().connections).toMatchObject({ open: 0, closed: { drain: 1, keepAliveEnd: 1 } })
  })

  test('lets idle connections ask once more: they are told to close, and those that stay idle are closed', async () => {
    const { engine, clock } = gated()
    const [asks, silent] = [new StreamPeer(engine), new StreamPeer(engine)]
    asks.send(get('/before'))
    await settle()
    const drained = engine.drain({ idleGraceMs: 500 })
    clock.advance(400)
    await settle()
    expect([asks.hasEnded, silent.hasEnded]).toEqual([false, false])
    asks.send(get('/meanwhile'))
    await settle()
    const answers = parseAnswers(asks.received)
    expect(answers.map(({ body, fields }) => [body, fields.connection])).toEqual([
      ['/before', undefined],
      ['/meanwhile', 'close'],
    ])
    expect([asks.hasEnded, silent.hasEnded]).toEqual([true, false])
    clock.advance(300)
    await settle()
    expect(silent.hasEnded).toBe(true)
    for (const peer of [asks, silent]) peer.end()
    expect(await drained).toMatchObject({ finished: 1, idleClosed: 1, aborted: 0 })
  })

  test('an answer whose head was sent before is not the last one', async () => {
    const doors = new Doors()
    const clock = new ManualClock()
    const engine = new Engine(
      {},
      async (req, res) => {
        res.write('head, ')
        if (req.target === '/early') await doors.pass('rest')
        res.end('body')
      },
      clock,
    )
    const peer = new StreamPeer(engine)
    peer.send(get('/early'))
    await settle()
    const drained = engine.drain()
    doors.open('rest')
    await settle()
    expect(peer.hasEnded).toBe(false)
    peer.send(get('/next'))
    await settle()
    expect(parseAnswers(peer.received).map(({ fields }) => fields.connection)).toEqual([undefined, 'close'])
    expect(peer.hasEnded).toBe(true)
    peer.end()
    expect(await drained).toMatchObject({ finished: 2, aborted: 0 })
  })

  test('is not ready from then on', async () => {
    const { engine } = gated()
    expect(engine.isReady).toBe(false)
    await engine.listen({ host: '127.0.0.1' })
    expect(engine.isReady).toBe(true)
    const drained = engine.drain()
    expect(engine.isReady).toBe(false)
    await drained
  })

  test('is not ready for unreadyMs while everything goes on, new connections included; then grace begins', async () => {
    const { engine, clock } = gated()
    const { port } = await engine.listen({ host: '127.0.0.1' })
    const [asks, silent] = [new StreamPeer(engine), new StreamPeer(engine)]
    const drained = engine.drain({ unreadyMs: 3_000, idleGraceMs: 500 })
    expect(engine.isReady).toBe(false)
    clock.advance(2_900)
    const arrives = connect({ port, host: '127.0.0.1' }).setEncoding('latin1')
    arrives.write(get('/meanwhile'))
    const [received] = await once(arrives, 'data')
    expect(parseAnswers(received).map(({ fields }) => fields.connection)).toEqual([undefined])
    arrives.destroy()
    clock.advance(100 + SLACK_MS)
    await settle()
    asks.send(get('/after'))
    await settle()
    expect(parseAnswers(asks.received).map(({ fields }) => fields.connection)).toEqual(['close'])
    await expect(once(connect({ port, host: '127.0.0.1' }), 'connect')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    })
    clock.advance(100)
    await settle()
    expect(silent.hasEnded).toBe(false)
    clock.advance(400 + SLACK_MS)
    await settle()
    expect(silent.hasEnded).toBe(true)
    for (const peer of [asks, silent]) peer.end()
    expect(await drained).toMatchObject({ finished: 1, idleClosed: 1, aborted: 0 })
  })

  test('is over when nobody comes while it is not ready', async () => {
    const { engine, clock } = gated()
    await engine.listen({ host: '127.0.0.1' })
    const drained = engine.drain({ unreadyMs: 3_000 })
    clock.advance(3_000 + SLACK_MS)
    expect(await drained).toMatchObject({ finished: 0, idleClosed: 0, aborted: 0 })
  })

  test('is not unready first where nobody listens', async () => {
    const { engine } = gated()
    expect(await engine.drain({ unreadyMs: 1_000 })).toMatchObject({ tookMs: 0 })
  })

  test('answers a request that lies unread in the socket of an idle connection', async () => {
    const { engine, clock } = gated()
    const { port } = await engine.listen({ host: '127.0.0.1' })
    const socket = connect({ port, host: '127.0.0.1' })
    socket.write(get('/first'))
    await once(socket, 'readable')
    const received = text(socket)
    const drained = engine.drain({ idleGraceMs: 500 })
    await settle()
    socket.write(get('/unread'))
    clock.advance(500 + SLACK_MS)
    expect(bodiesOf(await received)).toEqual(['/first', '/unread'])
    expect(await drained).toMatchObject({ finished: 1, idleClosed: 0 })
  })

  test('serves what the kernel has queued when it begins', async () => {
    const { engine } = gated()
    const { port } = await engine.listen({ host: '127.0.0.1' })
    const sockets = Array.from({ length: 20 }, () => connect({ port, host: '127.0.0.1' }))
    const texts = sockets.map(async (socket) => {
      socket.write(get('/queued'))
      return bodiesOf(await text(socket))
    })
    const drained = engine.drain()
    expect(await Promise.all(texts)).toEqual(sockets.map(() => ['/queued']))
    expect(await drained).toMatchObject({ finished: 20, aborted: 0 })
  })

  test('answers everything already asked; only the last answer says close', async () => {
    const { engine, doors } = gated()
    const peer = new StreamPeer(engine)
    peer.send(get('/wait-1') + get('/wait-2') + get('/wait-3'))
    await settle()
    void engine.drain()
    for (const target of ['/wait-2', '/wait-1', '/wait-3']) doors.open(target)
    await settle()
    const answers = parseAnswers(peer.received)
    expect(answers.map(({ body, fields }) => [body, fields.connection])).toEqual([
      ['/wait-1', undefined],
      ['/wait-2', undefined],
      ['/wait-3', 'close'],
    ])
  })

  test('lets a request that is still arriving finish', async () => {
    const { engine } = gated()
    const peer = new StreamPeer(engine)
    peer.send(get('/half').slice(0, 10))
    await settle()
    const drained = engine.drain()
    await settle()
    expect(peer.hasEnded).toBe(false)
    peer.send(get('/half').slice(10))
    await settle()
    expect(parseAnswers(peer.received)[0]).toMatchObject({ body: '/half', fields: { connection: 'close' } })
    peer.end()
    expect(await drained).toMatchObject({ finished: 1 })
  })

  test('aborts what is unanswered when the grace time is over, not before', async () => {
    const { engine, clock } = gated()
    const peer = new StreamPeer(engine)
    peer.send(get('/wait-1') + get('/wait-2'))
    await settle()
    const drained = engine.drain({ graceMs: 2_000 })
    clock.advance(1_999)
    expect(await isSettled(drained)).toBe(false)
    clock.advance(300)
    expect(await drained).toMatchObject({ finished: 0, aborted: 2 })
    expect(peer.isClosed).toBe(true)
    expect(engine.stats().connections.closed.forced).toBe(1)
  })

  test('waits ten seconds unless told otherwise', async () => {
    const { engine, clock } = gated()
    new StreamPeer(engine).send(get('/wait'))
    await settle()
    const drained = engine.drain()
    clock.advance(9_900)
    expect(await isSettled(drained)).toBe(false)
    clock.advance(400)
    expect(await drained).toMatchObject({ aborted: 1 })
  })

  test('with a grace time of 0 ends everything at once', async () => {
    const { engine } = gated()
    const peers = [new StreamPeer(engine), new StreamPeer(engine)]
    peers[0]?.send(get('/wait'))
    await settle()
    expect(await engine.drain({ graceMs: 0 })).toMatchObject({ aborted: 1 })
    expect(engine.stats().connections).toMatchObject({ open: 0, closed: { forced: 2 } })
  })

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5'])(
    'refuses a grace time of %s and drains nothing',
    async (graceMs) => {
      const { engine } = gated()
      await expect((async () => engine.drain({ graceMs: graceMs as number }))()).rejects.toMatchObject({
        code: 'OPTION_INVALID',
        message: expect.stringMatching(/graceMs.*ms/),
      })
      const peer = new StreamPeer(engine)
      peer.send(get('/still-here'))
      await settle()
      expect(bodiesOf(peer.received)).toEqual(['/still-here'])
    },
  )

  test('called again is the same drain', async () => {
    const { engine } = gated()
    expect(engine.drain()).toBe(engine.drain({ graceMs: 0 }))
  })

  test('admits nobody afterwards', async () => {
    const { engine } = gated()
    await engine.drain()
    await expect(engine.listen()).rejects.toMatchObject({ code: 'ENGINE_DRAINED' })
    expect(() => new StreamPeer(engine)).toThrow(expect.objectContaining({ code: 'ENGINE_DRAINED' }))
  })
})

describe('run(n)', () => {
  test('serves exactly three, then closes; what was pipelined behind is not answered', async () => {
    const { engine, begun } = gated()
    const peer = new StreamPeer(engine)
    const ran = engine.run(3)
    peer.send(get('/1') + get('/2') + get('/3') + get('/4') + post('/5', 'x'))
    await settle()
    const answers = parseAnswers(peer.received)
    expect(answers.map(({ body, fields }) => [body, fields.connection])).toEqual([
      ['/1', undefined],
      ['/2', undefined],
      ['/3', 'close'],
    ])
    expect(begun).toEqual(['/1', '/2', '/3'])
    expect(peer.hasEnded).toBe(true)
    peer.end()
    expect(await ran).toMatchObject({ aborted: 0 })
    expect(engine.stats()).toMatchObject({ requests: 3, responses: { '2xx': 3 } })
  })

  test('counts over all connections and closes the others', async () => {
    const { engine } = gated()
    const peers = [new StreamPeer(engine), new StreamPeer(engine), new StreamPeer(engine)]
    const ran = engine.run(2)
    peers[0]?.send(get('/0'))
    await settle()
    peers[1]?.send(get('/1'))
    await settle()
    peers[2]?.send(get('/2'))
    await settle()
    expect(peers.map(({ received }) => bodiesOf(received))).toEqual([['/0'], ['/1'], []])
    expect(peers.map(({ hasEnded }) => hasEnded)).toEqual([true, true, true])
    for (const peer of peers) peer.end()
    await ran
  })

  test('waits for the answers of slow handlers', async () => {
    const { engine, doors } = gated()
    const peer = new StreamPeer(engine)
    const ran = engine.run(2)
    peer.send(get('/wait') + get('/2'))
    expect(await isSettled(ran)).toBe(false)
    doors.open('/wait')
    await settle()
    expect(bodiesOf(peer.received)).toEqual(['/wait', '/2'])
    peer.end()
    expect(await ran).toMatchObject({ finished: 2 })
  })

  test('refused messages do not count', async () => {
    const { engine } = gated()
    const ran = engine.run(1)
    const bad = new StreamPeer(engine)
    bad.send('nonsense\r\n\r\n')
    await settle()
    bad.end()
    expect(await isSettled(ran)).toBe(false)
    const good = new StreamPeer(engine)
    good.send(get('/1'))
    await settle()
    good.end()
    await ran
    expect(bodiesOf(good.received)).toEqual(['/1'])
  })

  test('without a number runs until drain()', async () => {
    const { engine } = gated()
    const ran = engine.run()
    expect(await isSettled(ran)).toBe(false)
    void engine.drain()
    expect(await ran).toMatchObject({ finished: 0 })
  })

  test('after drain() resolves with that drain', async () => {
    const { engine } = gated()
    const report = await engine.drain()
    expect(await engine.run()).toEqual(report)
  })

  test('called twice resolves both', async () => {
    const { engine } = gated()
    const ran = [engine.run(), engine.run()]
    void engine.drain()
    expect(await isSettled(Promise.all(ran))).toBe(true)
  })

  test.each([0, -1, 1.5, Number.NaN, '3'])('of %s is refused', (requests) => {
    const { engine } = gated()
    const run = async () => engine.run(requests as number)
    return expect(run()).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })
})
