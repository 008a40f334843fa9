import { describe, expect, test } from 'vitest'
import type { Handler } from '../../../src/engine/server/engine.ts'
import { get, parseAnswers, post } from '../../support/answers.ts'
import { Doors } from '../../support/deferred.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'
import type { MemoryTransport } from '../../support/memory-transport.ts'

const READ = 16_384
const head = (bytes: number): string => `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n`

/** Sends until the connection pauses; returns the bytes sent. */
const flood = (peer: MemoryTransport, most: number): number => {
  let sent = 0
  while (!peer.isPaused && sent < most) sent += peer.receive(Buffer.alloc(Math.min(READ, most - sent), 'x'))
  return sent
}

describe('A handler that does not read pauses its client', () => {
  test('after the high-water mark and at most two more reads', () => {
    const peer = new MemoryServer(() => new Promise(() => {}), { highWaterBytes: 65_536 }).connect()
    peer.receive(head(100_000_000))
    const sent = flood(peer, 100_000_000)
    expect(peer.isPaused).toBe(true)
    expect(sent).toBeGreaterThanOrEqual(65_536)
    expect(sent).toBeLessThanOrEqual(65_536 + 2 * READ)
  })

  test('a reader that iterates gets everything and sets the pace', async () => {
    const total = 1_000_000
    const doors = new Doors()
    let received = 0
    const server = new MemoryServer(
      async (req, res) => {
        await doors.pass('read')
        for await (const chunk of req.body) {
          received += chunk.length
          if (received < 300_000) await doors.pass(`${Math.floor(received / 100_000)}`)
        }
        res.end(String(received))
      },
      { highWaterBytes: 65_536 },
    )
    const peer = server.connect()
    peer.receive(head(total))
    let sent = flood(peer, total)
    expect(peer.isPaused).toBe(true)
    for (const door of ['read', '0', '1', '2']) {
      doors.open(door)
      await settle()
      expect(sent - received).toBeLessThanOrEqual(65_536 + 2 * READ)
      while (!peer.isPaused && sent < total) {
        sent += peer.receive(Buffer.alloc(Math.min(READ, total - sent), 'x'))
        await settle(1)
      }
    }
    await settle()
    expect(sent).toBe(total)
    expect(parseAnswers(peer.written)[0]?.body).toBe(String(total))
    expect(peer.isPaused).toBe(false)
  })

  test('a reader of the whole body is never paused: its limit bounds it', async () => {
    const peer = new MemoryServer(async (req, res) => res.end(String((await req.bytes()).length)), {
      highWaterBytes: 1_024,
    }).connect()
    peer.receive(head(500_000))
    expect(flood(peer, 500_000)).toBe(500_000)
    await settle()
    expect(parseAnswers(peer.written)[0]?.body).toBe('500000')
  })

  test('a late text() resumes a paused connection', async () => {
    const doors = new Doors()
    const peer = new MemoryServer(
      async (req, res) => {
        await doors.pass('read')
        res.end(String((await req.text()).length))
      },
      { highWaterBytes: 1_024 },
    ).connect()
    peer.receive(head(200_000))
    let sent = flood(peer, 200_000)
    expect(sent).toBeLessThan(200_000)
    doors.open('read')
    await settle()
    sent += flood(peer, 200_000 - sent)
    await settle()
    expect(sent).toBe(200_000)
    expect(parseAnswers(peer.written)[0]?.body).toBe('200000')
  })

  test('an answer without reading resumes and skips', async () => {
    const doors = new Doors()
    const peer = new MemoryServer(
      async (req, res) => {
        if (req.method === 'PUT') await doors.pass('answer')
        res.end(req.target)
      },
      { highWaterBytes: 1_024 },
    ).connect()
    peer.receive(head(150_000))
    const sent = flood(peer, 150_000)
    expect(peer.isPaused).toBe(true)
    doors.open('answer')
    await settle()
    expect(peer.isPaused).toBe(false)
    flood(peer, 150_000 - sent)
    peer.receive(get('/next'))
    await settle()
    expect(parseAnswers(peer.written).map(({ body }) => body)).toEqual(['/', '/next'])
  })
})

describe('A body that ends early', () => {
  const broken = async (how: (peer: MemoryTransport) => void, handler: Handler) => {
    const server = new MemoryServer(handler)
    const peer = server.connect()
    peer.receive(post('/', 'x'.repeat(100)).slice(0, -50))
    await settle()
    how(peer)
    await settle()
    return { peer, server }
  }
  const observed = () => {
    const seen: string[] = []
    const handler: Handler = async (req, res) => {
      req.signal.addEventListener('abort', () => seen.push('aborted'))
      try {
        await req.text()
      } catch (error) {
        seen.push((error as { code: string }).code)
        res.end('too late')
      }
    }
    return { seen, handler }
  }

  test('by a half-close: the client gets 400, the reader an error, the signal aborts', async () => {
    const { seen, handler } = observed()
    const { peer, server } = await broken((it) => it.endInput(), handler)
    expect(seen.toSorted()).toEqual(['INCOMPLETE_BODY', 'aborted'])
    const answers = parseAnswers(peer.written)
    expect(answers.map(({ status, fields }) => [status, fields.connection])).toEqual([[400, 'close']])
    expect(answers[0]?.body).toContain('INCOMPLETE_BODY')
    expect(server.stats).toMatchObject({ refused: { INCOMPLETE_BODY: 1 }, exchanges: { live: 0 } })
  })

  test('by a close: the reader gets CLIENT_CLOSED with its cause, the signal aborts, nothing is written', async () => {
    const { seen, handler } = observed()
    const { peer, server } = await broken((it) => it.close(new Error('ECONNRESET')), handler)
    expect(seen.toSorted()).toEqual(['CLIENT_CLOSED', 'aborted'])
    expect(peer.written).toBe('')
    expect(server.stats).toMatchObject({ aborted: 1, exchanges: { live: 0 } })
    expect(server.errors).toEqual([])
  })

  test('an iterating reader rejects after the chunks that did arrive', async () => {
    const seen: string[] = []
    await broken(
      (it) => it.endInput(),
      async (req) => {
        try {
          for await (const chunk of req.body) seen.push(Buffer.from(chunk).toString())
        } catch (error) {
          seen.push((error as { code: string }).code)
        }
      },
    )
    expect(seen).toEqual(['x'.repeat(50), 'INCOMPLETE_BODY'])
  })

  test('a signal first looked at afterwards is already aborted', async () => {
    const seen: boolean[] = []
    await broken(
      (it) => it.endInput(),
      async (req) => {
        await req.text().catch(() => {})
        seen.push(req.signal.aborted)
      },
    )
    expect(seen).toEqual([true])
  })

  test('after the answer is complete the signal stays quiet', async () => {
    const seen: string[] = []
    const { peer } = await broken(
      (it) => it.endInput(),
      async (req, res) => {
        const { signal } = req
        signal.addEventListener('abort', () => seen.push('aborted'))
        res.end('early')
        await new Promise((resolve) => setImmediate(resolve))
        await new Promise((resolve) => setImmediate(resolve))
      },
    )
    expect(parseAnswers(peer.written).map(({ body }) => body)).toEqual(['early'])
    expect(seen).toEqual([])
  })

  test('with the head of the answer already sent the connection breaks off', async () => {
    const { peer, server } = await broken(
      (it) => it.endInput(),
      async (req, res) => {
        res.write('so far')
        await req.text()
      },
    )
    expect(peer.written).toContain('so far')
    expect(peer.written).not.toContain('0\r\n\r\n')
    expect(peer.isDestroyed).toBe(true)
    expect(server.stats.exchanges.live).toBe(0)
  })
})
