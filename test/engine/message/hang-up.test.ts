import { describe, expect, test } from 'vitest'
import { MemoryServer, settle } from '../../support/memory-server.ts'

const GET = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'

describe('a client that half-closes (RFC 9112, 9.6)', () => {
  test('fires the signal of unanswered requests, so that a handler that waits for it ends', async () => {
    const reasons: unknown[] = []
    const server = new MemoryServer(async (req) => {
      await new Promise<void>((resolve) => req.signal.addEventListener('abort', () => resolve()))
      reasons.push((req.signal.reason as { code: string }).code)
      throw req.signal.reason
    })
    const peer = server.connect()
    peer.receive(GET)
    peer.endInput()
    await settle()
    expect(reasons).toEqual(['CLIENT_CLOSED'])
    expect(peer.isEnded).toBe(true)
    expect(server.stats.exchanges.live).toBe(0)
  })

  test('still gets the answer of a handler that ignores the signal', async () => {
    const server = new MemoryServer(async (_req, res) => {
      await settle(2)
      res.end('late')
    })
    const peer = server.connect()
    peer.receive(GET)
    peer.endInput()
    await settle(10)
    expect(peer.written.endsWith('late')).toBe(true)
    expect(peer.isEnded).toBe(true)
  })

  test('does not fire the signal of an answered request', async () => {
    let aborted = false
    const server = new MemoryServer(async (req, res) => {
      req.signal.addEventListener('abort', () => {
        aborted = true
      })
      res.end('now')
      await settle(3)
    })
    const peer = server.connect()
    peer.receive(GET)
    peer.endInput()
    await settle(10)
    expect(aborted).toBe(false)
  })
})
