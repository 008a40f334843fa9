import { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { Engine } from '../../../src/engine/server/engine.ts'
import { ManualClock } from '../../../src/engine/time/manual-clock.ts'
import { bodiesOf, get, parseAnswers, post } from '../../support/answers.ts'
import { settle } from '../../support/memory-server.ts'
import { StreamPeer } from '../../support/stream-peer.ts'

/** A stream that delivers and takes bytes synchronously, from inside whatever call is under way. */
class SynchronousStream extends Duplex {
  received = ''
  onBytes: (text: string) => void = () => {}

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const text = chunk.toString('latin1')
    this.received += text
    done()
    this.onBytes(text)
  }
}

const engineOf = (handler: ConstructorParameters<typeof Engine>[1], options = {}) =>
  new Engine({ onError: () => {}, ...options }, handler, new ManualClock())

describe('Calls from inside a handler', () => {
  test('engine.drain() lets the running exchange finish and answers no request after it', async () => {
    const engine = engineOf((req, res) => {
      if (req.target === '/drain') void engine.drain({ idleGraceMs: 0 })
      res.end(req.target)
    })
    const [peer, idle] = [new StreamPeer(engine), new StreamPeer(engine)]
    await settle()
    peer.send(get('/drain'))
    await settle()
    const answers = parseAnswers(peer.received)
    expect(answers.map(({ body, fields }) => [body, fields.connection])).toEqual([['/drain', 'close']])
    expect([peer.hasEnded, idle.hasEnded]).toEqual([true, true])
    peer.end()
    idle.end()
    expect(await engine.drain()).toMatchObject({ finished: 1, idleClosed: 1, aborted: 0 })
  })

  test('engine.drain({ graceMs: 0 }) destroys everything, the running connection included', async () => {
    const engine = engineOf((req, res) => {
      if (req.target === '/drain') void engine.drain({ graceMs: 0 })
      res.end(req.target)
    })
    const [peer, other] = [new StreamPeer(engine), new StreamPeer(engine)]
    other.send(get('/other'))
    peer.send(get('/drain') + get('/after'))
    await settle()
    await engine.drain()
    expect(peer.isClosed && other.isClosed).toBe(true)
    expect(peer.received).not.toContain('/after')
    expect(engine.stats()).toMatchObject({ connections: { open: 0 }, exchanges: { live: 0 } })
  })

  test('destroying the client’s stream leaves nothing behind', async () => {
    const peers: StreamPeer[] = []
    const engine = engineOf((req, res) => {
      for (const peer of peers) peer.destroy()
      res.end(req.target)
    })
    peers.push(new StreamPeer(engine), new StreamPeer(engine))
    peers[0]?.send(get('/') + post('/', 'x') + get('/'))
    await settle()
    for (const peer of peers) peer.stream.destroy()
    await engine.drain({ graceMs: 0 })
    expect(engine.stats()).toMatchObject({ connections: { open: 0 }, exchanges: { live: 0 } })
  })

  test('attaching beyond maxConnections refuses the newcomer and sends it nothing of the running turn', async () => {
    const streams: SynchronousStream[] = []
    const engine = engineOf(
      (req, res) => {
        if (req.target === '/attach') {
          const stream = new SynchronousStream()
          streams.push(stream)
          engine.attach(stream)
        }
        res.end(req.target)
      },
      { maxConnections: 1 },
    )
    const peer = new StreamPeer(engine)
    // The POST is held until the first answer is collected: its handler runs with that answer in the turn's output.
    peer.send(get('/secret') + post('/attach', 'x') + get('/last'))
    await settle()
    expect(bodiesOf(peer.received)).toEqual(['/secret', '/attach', '/last'])
    expect(parseAnswers(streams[0]?.received ?? '').map(({ status }) => status)).toEqual([503])
  })

  test('a signal’s listener may answer, drain and destroy', async () => {
    const engine = engineOf((req, res) => {
      req.signal.addEventListener('abort', () => {
        res.end('too late')
        void engine.drain({ graceMs: 0 })
      })
    })
    const peers = [new StreamPeer(engine), new StreamPeer(engine)]
    for (const peer of peers) peer.send(get('/') + get('/'))
    await settle()
    peers[0]?.stream.destroy()
    peers[1]?.end()
    await settle()
    void engine.drain({ graceMs: 0 })
    await engine.drain()
    expect(engine.stats()).toMatchObject({ aborted: 4, exchanges: { live: 0 } })
  })
})

describe('A stream that calls back synchronously', () => {
  test('may push its next request from inside the write of an answer', async () => {
    const engine = engineOf((req, res) => res.end(req.target))
    const stream = new SynchronousStream()
    let next = 1
    stream.onBytes = () => {
      if (next < 50) stream.push(get(`/${next++}`))
    }
    engine.attach(stream)
    stream.push(get('/0'))
    await settle(100)
    expect(bodiesOf(stream.received)).toEqual(Array.from({ length: 50 }, (_, i) => `/${i}`))
  })

  test('may push from inside another connection’s handler', async () => {
    const stream = new SynchronousStream()
    const engine = engineOf((req, res) => {
      if (req.target === '/push') {
        stream.push(get('/pushed-1'))
        stream.push(get('/pushed-2').slice(0, 10))
        stream.push(get('/pushed-2').slice(10))
      }
      res.end(`${req.target} ${req.headers.get('x-who') ?? 'nobody'}`)
    })
    engine.attach(stream)
    await settle()
    const peer = new StreamPeer(engine)
    peer.send(get('/push', 'X-Who: me\r\n') + get('/second', 'X-Who: still me\r\n'))
    await settle()
    expect(bodiesOf(peer.received)).toEqual(['/push me', '/second still me'])
    expect(bodiesOf(stream.received)).toEqual(['/pushed-1 nobody', '/pushed-2 nobody'])
  })

  test('may end or destroy itself from inside a write', async () => {
    for (const how of [(it: Duplex) => it.push(null), (it: Duplex) => it.destroy(new Error('gone'))]) {
      const engine = engineOf((req, res) => res.end(req.target))
      const stream = new SynchronousStream()
      stream.onBytes = () => {
        if (!stream.readableEnded && !stream.destroyed) how(stream)
      }
      engine.attach(stream)
      stream.push(get('/0') + get('/1'))
      await settle()
      await engine.drain({ graceMs: 0 })
      expect(engine.stats()).toMatchObject({ connections: { open: 0 }, exchanges: { live: 0 } })
    }
  })

  test('whose write throws loses its own connection only', async () => {
    class BrokenStream extends SynchronousStream {
      override _write(): void {
        throw new Error('planned')
      }
    }
    const engine = engineOf((req, res) => res.end(req.target))
    const broken = new BrokenStream()
    const peer = new StreamPeer(engine)
    engine.attach(broken)
    broken.push(get('/broken'))
    peer.send(get('/fine'))
    await settle()
    expect(broken.destroyed).toBe(true)
    expect(bodiesOf(peer.received)).toEqual(['/fine'])
    await engine.drain({ graceMs: 0 })
  })
})
