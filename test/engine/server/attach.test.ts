import { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { Engine } from '../../../src/engine/server/engine.ts'
import { ManualClock } from '../../../src/engine/time/manual-clock.ts'
import { bodiesOf, get, post } from '../../support/answers.ts'
import { settle } from '../../support/memory-server.ts'
import { StreamPeer } from '../../support/stream-peer.ts'

const echo = (options = {}) =>
  new Engine(
    { onError: () => {}, ...options },
    async (req, res) => res.end(await req.text()),
    new ManualClock(),
  )

describe('attach()', () => {
  test('serves a connected stream', async () => {
    const peer = new StreamPeer(echo())
    peer.send(post('/', 'one'))
    peer.send(post('/', 'two'))
    await settle()
    expect(bodiesOf(peer.received)).toEqual(['one', 'two'])
  })

  test('serves a read larger than the window', async () => {
    const peer = new StreamPeer(echo())
    const body = 'x'.repeat(300_000)
    peer.send(post('/', body) + post('/', 'next'))
    await settle(20)
    expect(bodiesOf(peer.received).map(({ length }) => length)).toEqual([300_000, 4])
  })

  test('pauses a stream whose body is not read and loses nothing of a large read', async () => {
    const bodies: number[] = []
    const engine = new Engine(
      { highWaterBytes: 1_024 },
      async (req, res) => {
        await settle(3)
        let size = 0
        for await (const chunk of req.body) size += chunk.length
        bodies.push(size)
        res.end()
      },
      new ManualClock(),
    )
    const peer = new StreamPeer(engine)
    peer.send(post('/', 'x'.repeat(200_000)) + post('/', 'y'.repeat(150_000)))
    await settle(40)
    expect(bodies).toEqual([200_000, 150_000])
  })

  test('closes when both sides have ended', async () => {
    const engine = echo()
    const peer = new StreamPeer(engine)
    peer.send(get('/'))
    peer.end()
    await settle()
    expect([peer.hasEnded, peer.isClosed]).toEqual([true, true])
    expect(engine.stats().connections).toMatchObject({ open: 0, closed: { client: 1 } })
  })

  test('an error of the stream closes its connection and is counted', async () => {
    const engine = echo()
    const stream = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() })
    engine.attach(stream)
    stream.push(post('/', 'body').slice(0, -1))
    await settle()
    stream.destroy(new Error('planned'))
    await settle()
    expect(engine.stats()).toMatchObject({
      connections: { open: 0, closed: { socketError: 1 } },
      exchanges: { live: 0 },
      aborted: 1,
    })
  })

  test('a write error is the client’s loss alone', async () => {
    const engine = echo()
    const stream = new Duplex({
      read: () => {},
      write: (_chunk, _encoding, done) => done(new Error('EPIPE')),
    })
    engine.attach(stream)
    const other = new StreamPeer(engine)
    stream.push(get('/'))
    other.send(post('/', 'fine'))
    await settle()
    expect(engine.stats().connections).toMatchObject({ open: 1, closed: { socketError: 1 } })
    expect(bodiesOf(other.received)).toEqual(['fine'])
  })

  test('has back-pressure of its own: a stream that takes nothing congests its producer', async () => {
    const writes: boolean[] = []
    const engine = new Engine(
      { highWaterBytes: 1_024 },
      async (_req, res) => {
        for (let i = 0; i < 4; i++) {
          writes.push(res.write('x'.repeat(20_000)))
          await settle(1)
        }
      },
      new ManualClock(),
    )
    const stream = new Duplex({ read: () => {}, write: () => {} })
    engine.attach(stream)
    stream.push(get('/'))
    await settle(10)
    expect(writes.at(-1)).toBe(false)
    await engine.drain({ graceMs: 0 })
  })
})
