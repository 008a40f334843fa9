import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createEngine, type Handler } from '../../src/engine/server/engine.ts'
import type { EngineOptions } from '../../src/options.ts'
import { MemoryServer, settle } from './memory-server.ts'

/** What came back for some bytes: text with the Date taken out, and whether the server closed. */
export interface Reply {
  text: string
  closed: boolean
}

export interface WireCase {
  name: string
  send: string
  handler?: Handler
  options?: EngineOptions
  /** Whether the client half-closes after sending. Default true on sockets is needed to see the end: see `keepOpen`. */
  halfClose?: boolean
  check: (reply: Reply, cut: string) => void
}

/** Answers with what was asked, so that a mixed-up answer shows. */
export const echoHandler: Handler = async (req, res) => {
  const body = await req.text()
  res.setHeader('Content-Type', 'text/plain').end(`${req.method} ${req.target} [${body}]`)
}

export const withoutDate = (text: string): string => text.replaceAll(/\r\nDate: [^\r]{29}\r\n/g, '\r\n')

/** Every way to cut `bytes`: whole, each byte alone, and in two at every place. */
export const cutsOf = (bytes: string): [name: string, pieces: string[]][] => {
  const cuts: [string, string[]][] = [
    ['whole', [bytes]],
    ['byte by byte', [...bytes]],
  ]
  for (let at = 1; at < bytes.length; at++) cuts.push([`cut at ${at}`, [bytes.slice(0, at), bytes.slice(at)]])
  return cuts
}

/** Turns of the event loop that a paused connection gets to take more. */
const PATIENCE = 20

/** Sends pieces to an in-memory server, a fresh one unless given, and waits until nothing moves any more. */
export const replyInMemory = async (
  wire: Pick<WireCase, 'handler' | 'options'>,
  pieces: string[],
  halfClose = false,
  server = new MemoryServer(wire.handler ?? echoHandler, wire.options),
): Promise<Reply> => {
  const peer = server.connect()
  for (const piece of pieces) {
    for (let i = 0; peer.isPaused && i < PATIENCE; i++) await settle(1)
    if (peer.isEnded || peer.isDestroyed || peer.isPaused) break
    peer.receive(piece)
  }
  await settle()
  if (halfClose) {
    peer.endInput()
    await settle()
  }
  return { text: withoutDate(peer.written), closed: peer.isEnded || peer.isDestroyed }
}

/** Sends pieces over a real socket to a running engine, half-closes, and reads to the end. */
export const replyOnSocket = (port: number, pieces: string[]): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('error', reject)
    socket.on('end', () => {
      socket.end()
      resolve({ text: withoutDate(text), closed: true })
    })
    const sendFrom = (index: number): void => {
      const piece = pieces[index]
      if (piece === undefined) socket.end()
      else socket.write(piece, 'latin1', () => setImmediate(sendFrom, index + 1))
    }
    socket.on('connect', () => sendFrom(0))
  })

const SOCKETS_AT_ONCE = 64

/**
 * One wire test: the same bytes whole, byte by byte and cut at every place, in memory and on sockets of both read
 * paths. Segmentation must not matter (RFC 9112, 2.2: a message is a sequence of octets).
 */
export const wireTest = (wire: WireCase): void => {
  describe(wire.name, () => {
    test('in memory, however it is cut', async () => {
      // One server for all cuts, so that pooled objects are reused in between.
      const server = new MemoryServer(wire.handler ?? echoHandler, wire.options)
      for (const [cut, pieces] of cutsOf(wire.send)) {
        wire.check(await replyInMemory(wire, pieces, wire.halfClose ?? true, server), `in memory, ${cut}`)
      }
      expect(server.stats.exchanges.live).toBe(0)
    })
    for (const transport of ['auto', 'stream'] as const) {
      test(`on a socket, read path ${transport}, however it is cut`, async () => {
        const engine = createEngine(
          { onError: () => {}, ...wire.options, transport },
          wire.handler ?? echoHandler,
        )
        const { port } = await engine.listen({ host: '127.0.0.1' })
        const cuts = cutsOf(wire.send)
        for (let at = 0; at < cuts.length; at += SOCKETS_AT_ONCE) {
          const batch = cuts.slice(at, at + SOCKETS_AT_ONCE)
          const replies = await Promise.all(batch.map(([, pieces]) => replyOnSocket(port, pieces)))
          replies.forEach((reply, i) => {
            wire.check(reply, `socket, ${batch[i]?.[0]}`)
          })
        }
        await engine.drain({ graceMs: 0 })
        expect(engine.stats().exchanges.live).toBe(0)
      })
    }
  })
}
