import { describe, expect, test } from 'vitest'
import { bodiesOf, get, parseAnswers } from '../../support/answers.ts'
import { deferred } from '../../support/deferred.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'

describe('A client that reads too slowly pauses its producer', () => {
  test('write() turns false beyond the high-water mark and drained() resolves when there is room', async () => {
    const log: (string | boolean)[] = []
    const server = new MemoryServer(
      async (_req, res) => {
        for (let i = 0; i < 3; i++) {
          const goesOn = res.write('x'.repeat(700))
          log.push(goesOn)
          if (!goesOn) await res.drained()
          else await null
        }
        await new Promise((resolve) => setImmediate(resolve))
        log.push(res.write('tail'))
        await res.drained()
        log.push('drained')
        res.end()
      },
      { highWaterBytes: 1_024 },
    )
    const peer = server.connect()
    peer.holdWrites()
    peer.receive(get('/'))
    await settle()
    expect(log.at(-1)).toBe(false)
    const waited = log.length
    await settle()
    expect(log).toHaveLength(waited)
    peer.releaseWrites()
    await settle()
    expect(log.at(-1)).toBe('drained')
    expect(parseAnswers(peer.written)[0]?.body).toBe(`${'x'.repeat(2_100)}tail`)
  })

  test('memory stays bounded for a producer that honours false', async () => {
    const server = new MemoryServer(
      async (_req, res) => {
        for (let i = 0; i < 1_000; i++) if (!res.write('x'.repeat(1_000))) await res.drained()
        res.end()
      },
      { highWaterBytes: 8_192 },
    )
    const peer = server.connect()
    peer.holdWrites()
    peer.receive(get('/'))
    await settle(20)
    expect(peer.pendingBytes).toBeLessThan(3 * 8_192)
    for (let i = 0; i < 500 && !peer.written.endsWith('0\r\n\r\n'); i++) {
      peer.releaseWrites()
      peer.holdWrites()
      await settle(1)
      expect(peer.pendingBytes).toBeLessThan(3 * 8_192)
    }
    expect(parseAnswers(peer.written)[0]?.body).toHaveLength(1_000_000)
  })

  test('a later pipelined producer waits at its own mark and goes on when it is its turn', async () => {
    const first = deferred()
    const log: string[] = []
    const server = new MemoryServer(
      async (req, res) => {
        if (req.target === '/0') {
          await first.promise
          return res.end('0')
        }
        log.push(String(res.write('y'.repeat(5_000))))
        await res.drained()
        log.push('drained')
        res.end()
      },
      { highWaterBytes: 1_024 },
    )
    const peer = server.connect()
    peer.receive(get('/0') + get('/1'))
    await settle()
    expect(log).toEqual(['false'])
    first.resolve()
    await settle()
    expect(log).toEqual(['false', 'drained'])
    expect(bodiesOf(peer.written)).toEqual(['0', 'y'.repeat(5_000)])
  })

  test('no new request of it is begun until it has read', async () => {
    const begun: string[] = []
    const server = new MemoryServer(
      (req, res) => {
        begun.push(req.target)
        res.end('x'.repeat(5_000))
      },
      { highWaterBytes: 1_024 },
    )
    const peer = server.connect()
    peer.holdWrites()
    peer.receive(get('/0'))
    peer.receive(get('/1'))
    await settle()
    expect(begun).toEqual(['/0'])
    expect(peer.isPaused).toBe(true)
    peer.releaseWrites()
    await settle()
    expect(begun).toEqual(['/0', '/1'])
    expect(peer.isPaused).toBe(false)
  })

  test('drained() resolves at once when nothing is in the way', async () => {
    const peer = new MemoryServer(async (_req, res) => {
      await res.drained()
      res.write('a')
      await res.drained()
      res.end('b')
    }).connect()
    peer.receive(get('/'))
    await settle()
    expect(bodiesOf(peer.written)).toEqual(['ab'])
  })

  test.each(['before', 'after'])('drained() asked %s end() resolves: the handler settles', async (when) => {
    let settled = false
    const server = new MemoryServer(
      async (_req, res) => {
        res.write('x'.repeat(5_000))
        const early = when === 'before' ? res.drained() : null
        res.end()
        await (early ?? res.drained())
        settled = true
      },
      { highWaterBytes: 1_024 },
    )
    const peer = server.connect()
    peer.holdWrites()
    peer.receive(get('/'))
    await settle()
    peer.releaseWrites()
    await settle()
    expect(settled).toBe(true)
    expect(server.stats.exchanges.live).toBe(0)
  })

  test('drained() rejects with CLIENT_CLOSED when the client leaves instead', async () => {
    const codes: string[] = []
    const server = new MemoryServer(
      async (_req, res) => {
        res.write('x'.repeat(5_000))
        await res.drained().catch((error) => codes.push(error.code))
        await res.drained().catch((error) => codes.push(error.code))
      },
      { highWaterBytes: 1_024 },
    )
    const peer = server.connect()
    peer.holdWrites()
    peer.receive(get('/'))
    await settle()
    peer.close()
    await settle()
    expect(codes).toEqual(['CLIENT_CLOSED', 'CLIENT_CLOSED'])
    expect(server.stats.exchanges.live).toBe(0)
  })
})
