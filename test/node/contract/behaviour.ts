import { AsyncLocalStorage } from 'node:async_hooks'
import type http from 'node:http'
import { finished, Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { chunking, closing, posting, staying } from './messages.ts'
import type { Note, Scenario } from './transcript.ts'

type Handler = (
  req: http.IncomingMessage,
  res: http.ServerResponse,
  note: Note,
  server: http.Server,
) => unknown

const handling = (
  name: string,
  send: string[],
  handler: Handler,
  rest: Partial<Scenario> = {},
): Scenario => ({
  name,
  send,
  serve: (server, note) => server.on('request', (req, res) => handler(req, res, note, server)),
  ...rest,
})

const REQUEST_EVENTS = ['aborted', 'data', 'end', 'error', 'close', 'pause', 'resume']
const RESPONSE_EVENTS = ['prefinish', 'finish', 'close', 'drain', 'error', 'pipe', 'unpipe', 'timeout']

const watch = (emitter: NodeJS.EventEmitter, events: readonly string[], label: string, note: Note): void => {
  for (const event of events) emitter.on(event, (value) => note(label, event, value?.code ?? ''))
}

const state = (res: http.ServerResponse): string =>
  JSON.stringify({
    headersSent: res.headersSent,
    finished: res.finished,
    writable: res.writable,
    writableEnded: res.writableEnded,
    writableFinished: res.writableFinished,
    writableLength: res.writableLength,
    writableNeedDrain: res.writableNeedDrain,
    destroyed: res.destroyed,
    closed: res.closed,
    hasSocket: res.socket !== null,
  })

const requestState = (req: http.IncomingMessage): string =>
  JSON.stringify({
    complete: req.complete,
    aborted: req.aborted,
    destroyed: req.destroyed,
    readable: req.readable,
    readableEnded: req.readableEnded,
    readableFlowing: req.readableFlowing,
    closed: req.closed,
  })

/** What programs see of requests, responses and sockets, and in which order things happen to them. */
export const BEHAVIOUR: readonly Scenario[] = [
  handling(
    'what a request says of itself',
    [closing('/p?q=1', 'X-A: 1\r\nx-a: 2\r\nCookie: c=1\r\nCookie: d=2\r\n')],
    (req, res, note) => {
      note(req.method, req.url, req.httpVersion, req.httpVersionMajor, req.httpVersionMinor)
      note(JSON.stringify(req.rawHeaders), JSON.stringify(req.headers), JSON.stringify(req.headersDistinct))
      note(JSON.stringify(req.trailers), JSON.stringify(req.rawTrailers), requestState(req))
      note(req.socket.remoteAddress, typeof req.socket.remotePort, req.connection === req.socket)
      note(typeof (req as never as { setHeader?: unknown }).setHeader, 'writable' in req)
      res.end()
    },
  ),
  handling('the order of events for an answer at once', [closing()], (req, res, note) => {
    watch(
      req,
      REQUEST_EVENTS.filter((event) => event !== 'data'),
      'req',
      note,
    )
    watch(res, RESPONSE_EVENTS, 'res', note)
    res.end('x', () => note('callback'))
    note(state(res))
    process.nextTick(() => note('tick', state(res)))
    setImmediate(() => note('immediate', state(res), requestState(req)))
  }),
  handling('the order of events for a stream', [posting('body')], (req, res, note) => {
    watch(req, REQUEST_EVENTS, 'req', note)
    watch(res, RESPONSE_EVENTS, 'res', note)
    req.pipe(res)
  }),
  handling('state before and after each step', [closing()], (_req, res, note) => {
    note(state(res))
    res.writeHead(200)
    note(state(res))
    res.write('a')
    note(state(res))
    res.end()
    note(state(res))
    res.on('finish', () => note('finish', state(res)))
    res.on('close', () => note('close', state(res)))
  }),
  handling('write after end', [closing()], (_req, res, note) => {
    res.on('error', (error: NodeJS.ErrnoException) => note('error', error.code))
    res.end('x')
    note(res.write('y', (error) => note('callback', (error as NodeJS.ErrnoException)?.code)))
    res.end('z')
    res.end((error?: Error) => note('end', (error as NodeJS.ErrnoException | undefined)?.code))
  }),
  handling('errors that are thrown', [closing()], (_req, res, note) => {
    const attempt = (action: () => unknown): void => {
      try {
        action()
        note('fine')
      } catch (error) {
        note((error as NodeJS.ErrnoException).code)
      }
    }
    attempt(() => res.setHeader('bad name', 'x'))
    attempt(() => res.setHeader('x', 'a\nb'))
    attempt(() => res.setHeader('x', undefined as never))
    attempt(() => res.writeHead(99))
    attempt(() => res.end(5))
    attempt(() => res.write(null))
    attempt(() => res.writeHead(200))
    attempt(() => res.setHeader('x', 'y'))
    attempt(() => res.writeHead(200))
    res.end()
    attempt(() => res.writeHead(200))
  }),
  handling('a body by events', [posting('hello')], (req, res, note) => {
    req.setEncoding('utf8')
    req.on('data', (chunk) => note('data', chunk))
    req.on('end', () => {
      note('end', requestState(req))
      res.end('x')
    })
  }),
  handling('a body by iteration', [chunking(['one', 'two'], 'X-T: 1\r\n')], async (req, res, note) => {
    const chunks: string[] = []
    for await (const chunk of req) chunks.push(String(chunk))
    note(chunks.join(''), JSON.stringify(req.trailers), requestState(req))
    res.end('x')
  }),
  handling('no body by iteration', [closing()], async (req, res, note) => {
    for await (const chunk of req) note(chunk)
    note(requestState(req))
    res.end('x')
  }),
  handling('no body by events', [closing()], (req, res, note) => {
    req.on('end', () => {
      note('end')
      res.end('x')
    })
    req.resume()
  }),
  handling('finished() on both', [posting('body')], (req, res, note) => {
    finished(req, (error) => note('req', error?.code))
    finished(res, (error) => note('res', error?.code))
    req.resume()
    res.end('x')
  }),
  handling('pipeline() from the request', [posting('abc')], async (req, res, note) => {
    let text = ''
    await pipeline(
      req,
      new Writable({
        write(chunk, _encoding, done) {
          text += chunk
          done()
        },
      }),
    )
    note(text)
    res.end('x')
  }),
  handling('pipeline() into the response', [closing()], async (_req, res, note) => {
    await pipeline(Readable.from(['a', 'b', 'c']), res)
    note(state(res))
  }),
  handling('Readable.toWeb', [posting('abc')], async (req, res, note) => {
    for await (const chunk of Readable.toWeb(req)) note(Buffer.from(chunk as Uint8Array))
    res.end('x')
  }),
  handling(
    'a replaced writeHead sees implicit heads, as on-headers needs',
    [closing()],
    (_req, res, note) => {
      const { writeHead } = res
      res.writeHead = ((...args: Parameters<typeof writeHead>) => {
        note('writeHead', args.join())
        res.setHeader('X-Late', 'yes')
        return writeHead.apply(res, args)
      }) as typeof writeHead
      res.end('x')
    },
  ),
  handling(
    'a replaced end, and _implicitHeader, as express-session needs',
    [closing()],
    (_req, res, note) => {
      const { end } = res
      const inner = res as unknown as { _header: string | null; _implicitHeader(): void }
      res.end = ((...args: never[]) => {
        note('header', inner._header)
        inner._implicitHeader()
        note('header', inner._header?.startsWith('HTTP/1.1 200 OK'))
        return (end as (...all: never[]) => typeof res).apply(res, args)
      }) as typeof end
      res.end('session')
    },
  ),
  handling('swapped prototypes, as Express does', [posting('body')], (req, res, note) => {
    Object.setPrototypeOf(req, Object.create(Object.getPrototypeOf(req).constructor.prototype))
    Object.setPrototypeOf(res, Object.create(Object.getPrototypeOf(res).constructor.prototype))
    note(req.headers.host)
    req.on('data', (chunk) => note(chunk))
    req.on('end', () => res.end('swapped'))
  }),
  handling(
    'an answer that keeps its AsyncLocalStorage',
    [staying('/1') + staying('/2') + closing('/3')],
    (req, res, note) => {
      const { url } = req
      storage.run(url as string, () => {
        res.on('finish', () => note('finish', url, storage.getStore()))
        res.on('close', () => note('close', url, storage.getStore()))
        if (url === '/2') setImmediate(() => res.end('x'))
        else res.end('x')
      })
    },
  ),
  handling(
    'a client that leaves before the answer',
    [staying()],
    (req, res, note) => {
      watch(req, REQUEST_EVENTS, 'req', note)
      watch(res, RESPONSE_EVENTS, 'res', note)
      res.write('a')
    },
    { until: /a\r\n/ },
  ),
  handling(
    'a client that leaves in the middle of its body',
    ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf'],
    (req, res, note) => {
      watch(req, REQUEST_EVENTS, 'req', note)
      watch(res, RESPONSE_EVENTS, 'res', note)
      req.resume()
      res.flushHeaders()
    },
    { until: /\r\n\r\n/ },
  ),
  handling('res.destroy()', [staying()], (req, res, note) => {
    watch(req, REQUEST_EVENTS, 'req', note)
    watch(res, RESPONSE_EVENTS, 'res', note)
    res.destroy()
    note(state(res))
  }),
  handling('req.destroy() with an error', [staying()], (req, res, note) => {
    watch(req, REQUEST_EVENTS, 'req', note)
    watch(res, RESPONSE_EVENTS, 'res', note)
    req.destroy(Object.assign(new Error('mine'), { code: 'MINE' }))
  }),
  handling('an answer, then destroy', [staying()], (req, res) => {
    res.writeHead(413, { 'Content-Length': 4 })
    res.end('full')
    req.destroy()
  }),
  handling('an answer, then the end of its socket', [staying()], (req, res) => {
    res.end('last')
    req.socket.end()
  }),
  handling('bytes of its own on the socket', [staying()], (req) => {
    req.socket.end('HTTP/1.1 299 Mine\r\n\r\n')
  }),
  handling('setTimeout on the response', [staying()], (req, res, note) => {
    res.setTimeout(10, () => {
      note('timeout')
      res.end('late')
      req.socket.end()
    })
  }),
]

const storage = new AsyncLocalStorage<string>()
