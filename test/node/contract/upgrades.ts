import http from 'node:http'
import type { Duplex } from 'node:stream'
import { chunking, closing, staying } from './messages.ts'
import type { Note, Scenario } from './transcript.ts'

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: chat\r\n'
const CONNECT = 'CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n'

/** Missing in the typings. */
const isUpgrade = (req: http.IncomingMessage): boolean => (req as unknown as { upgrade: boolean }).upgrade

const noting = (server: http.Server, note: Note): void => {
  server.on('request', (req, res) => {
    note('request', req.method, req.url, isUpgrade(req), req.headers.upgrade)
    res.end('ordinary')
  })
}

const taking = (note: Note) => (req: http.IncomingMessage, socket: Duplex, head: Buffer) => {
  note('taken', req.method, req.url, isUpgrade(req), head.toString())
  socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\nbye')
}

const asking = (name: string, isTaken: (req: http.IncomingMessage) => boolean, send: string[]): Scenario => {
  const asked: http.IncomingMessage[] = []
  return {
    name: `shouldUpgradeCallback: ${name}`,
    options: {
      shouldUpgradeCallback: (req: http.IncomingMessage) => {
        asked.push(req)
        return isTaken(req)
      },
    } as http.ServerOptions,
    serve: (server, note) => {
      server.on('request', (req, res) => {
        note('request', req.url, isUpgrade(req), asked.includes(req))
        res.end('ordinary')
      })
      server.on('upgrade', (req, socket) => {
        note('upgrade', req.url, isUpgrade(req), asked.includes(req))
        socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n')
      })
    },
    send,
  }
}

const ASKING = [
  asking('takes all', () => true, [staying('/1', UPGRADE)]),
  asking('takes none', () => false, [staying('/1', UPGRADE), staying('/2'), closing('/3')]),
  asking('takes some', (req) => req.url === '/2', [staying('/1', UPGRADE), staying('/2', UPGRADE)]),
]

/** Since Node 24. */
const isAsked = 'shouldUpgradeCallback' in http.createServer()

/** Requests for another protocol, and what stands behind bodies. */
export const UPGRADES: readonly Scenario[] = [
  {
    name: 'Upgrade that nobody listens to, then another request',
    serve: noting,
    send: [staying('/1', UPGRADE), closing('/2')],
  },
  {
    name: "Upgrade with a listener of 'connect' only, then another request",
    serve: (server, note) => {
      noting(server, note)
      server.on('connect', taking(note))
    },
    send: [staying('/1', UPGRADE), staying('/2'), staying('/3', UPGRADE), closing('/4')],
  },
  {
    name: "CONNECT with a listener of 'upgrade' only",
    serve: (server, note) => {
      noting(server, note)
      server.on('upgrade', taking(note))
    },
    send: [CONNECT],
  },
  {
    name: 'Upgrade that is taken, with bytes behind it',
    serve: (server, note) => {
      noting(server, note)
      server.on('upgrade', taking(note))
    },
    send: [`${staying('/1', UPGRADE)}early`],
  },
  {
    name: 'trailers as they were sent',
    serve: (server, note) =>
      server.on('request', (req, res) => {
        req.resume().on('end', () => {
          note(JSON.stringify(req.rawTrailers), JSON.stringify(req.trailers))
          note(JSON.stringify(req.trailersDistinct))
          res.end()
        })
      }),
    send: [chunking(['one'], 'X-Sum: 1\r\nx-sum: 2\r\nX-Other: 3\r\n')],
  },
  ...(isAsked ? ASKING : []),
]
