import { closing, posting, staying, uploading } from './messages.ts'
import type { Scenario } from './transcript.ts'

/** Later versions of Node refuse fields beyond `maxHeadersCount` with 431 (docs/compatibility.md). */
const HIDES_FIELDS = Number.parseInt(process.versions.node, 10) < 22

const MAX_HEADERS_COUNT: Scenario = {
  name: 'maxHeadersCount',
  send: [closing('/', 'A: 1\r\nB: 2\r\nC: 3\r\n')],
  serve: (server) => {
    server.maxHeadersCount = 3
    server.on('request', (req, res) => res.end(JSON.stringify(req.headers)))
  },
}

/** Several requests on one connection, and what the server's own rules answer. */
export const WIRE: readonly Scenario[] = [
  {
    name: 'requests one after the other',
    send: [staying('/1'), staying('/2'), closing('/3')],
    serve: (server, note) =>
      server.on('request', (req, res) => {
        note(req.url, res.socket === req.socket)
        res.end(req.url)
      }),
  },
  {
    name: 'pipelined requests, answered at once',
    send: [staying('/1') + staying('/2') + closing('/3')],
    serve: (server) => server.on('request', (req, res) => res.end(req.url)),
  },
  {
    name: 'pipelined requests, answered in another order',
    send: [staying('/1') + staying('/2') + closing('/3')],
    serve: (server, note) => {
      const waiting: (() => void)[] = []
      server.on('request', (req, res) => {
        note('request', req.url, res.socket === null)
        res.on('finish', () => note('finish', req.url))
        res.on('close', () => note('close', req.url))
        waiting.push(() => {
          res.write(`${req.url}:`)
          res.end('done')
        })
        if (waiting.length === 3) for (const answer of waiting.reverse()) answer()
      })
    },
  },
  {
    name: 'pipelined whole answers, given in another order',
    send: [staying('/1') + staying('/2') + closing('/3')],
    serve: (server, note) => {
      const waiting: (() => void)[] = []
      server.on('request', (req, res) => {
        res.on('finish', () => note('finish', req.url))
        waiting.push(() => res.end(req.url))
        if (waiting.length === 3) for (const answer of waiting.reverse()) answer()
      })
    },
  },
  {
    name: 'pipelined uploads behind an answer at once',
    send: [staying('/1') + uploading('first') + uploading('second') + posting('last')],
    serve: (server) =>
      server.on('request', (req, res) => {
        const chunks: unknown[] = []
        req.on('data', (chunk) => chunks.push(chunk))
        req.on('end', () => res.end(`got ${chunks.join('')}`))
      }),
  },
  {
    name: 'Expect: 100-continue',
    send: [
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
      'ok',
    ],
    serve: (server) => server.on('request', (req, res) => req.pipe(res)),
  },
  {
    name: 'checkContinue, refused',
    send: ['POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n'],
    serve: (server, note) =>
      server.on('checkContinue', (_req, res) => {
        note('checkContinue')
        res.writeHead(413, { 'Content-Length': 0 }).end()
      }),
  },
  {
    name: 'checkContinue, accepted',
    send: [
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
      'ok',
    ],
    serve: (server) =>
      server.on('checkContinue', (req, res) => {
        res.writeContinue()
        req.pipe(res)
      }),
  },
  {
    name: 'an expectation nobody can meet',
    send: [closing('/', 'Expect: the unexpected\r\n')],
    serve: (server, note) => server.on('request', () => note('request')),
  },
  {
    name: 'checkExpectation',
    send: [closing('/', 'Expect: the unexpected\r\n')],
    serve: (server) => server.on('checkExpectation', (req, res) => res.end(req.headers.expect)),
  },
  {
    name: 'maxRequestsPerSocket',
    send: [staying('/1'), staying('/2'), closing('/3')],
    serve: (server, note) => {
      server.maxRequestsPerSocket = 2
      server.on('request', (req, res) => res.end(req.url))
      server.on('dropRequest', (req) => note('dropRequest', req.url))
    },
  },
  ...(HIDES_FIELDS ? [MAX_HEADERS_COUNT] : []),
  {
    name: 'joinDuplicateHeaders',
    options: { joinDuplicateHeaders: true },
    send: [closing('/', 'Authorization: 1\r\nAuthorization: 2\r\n')],
    serve: (server) => server.on('request', (req, res) => res.end(req.headers.authorization)),
  },
  {
    name: 'uniqueHeaders',
    options: { uniqueHeaders: ['x-list'] },
    send: [closing()],
    serve: (server) =>
      server.on('request', (_req, res) => {
        res.setHeader('X-List', ['a', 'b'])
        res.end('x')
      }),
  },
  {
    name: 'requireHostHeader: false',
    options: { requireHostHeader: false },
    send: ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    serve: (server) => server.on('request', (_req, res) => res.end('x')),
  },
  {
    name: 'a keepAliveTimeout changed later',
    send: [staying(), closing()],
    serve: (server) => {
      server.on('request', (_req, res) => {
        server.keepAliveTimeout = 65_000
        res.end('x')
      })
    },
  },
  {
    name: 'no keep-alive timeout',
    options: { keepAliveTimeout: 0 },
    send: [staying(), closing()],
    serve: (server) => server.on('request', (_req, res) => res.end('x')),
  },
  {
    name: 'rejectNonStandardBodyWrites',
    options: { rejectNonStandardBodyWrites: true },
    send: [closing()],
    serve: (server, note) =>
      server.on('request', (_req, res) => {
        res.statusCode = 204
        try {
          res.end('x')
        } catch (error) {
          note((error as NodeJS.ErrnoException).code)
          res.end()
        }
      }),
  },
  {
    name: 'an upload that is echoed',
    send: [posting('e'.repeat(300_000))],
    serve: (server) =>
      server.on('request', (req, res) => {
        // How reads cut the body is up to chance, and so are the chunks of an answer.
        res.setHeader('Content-Length', 300_000)
        req.pipe(res)
      }),
  },
]
