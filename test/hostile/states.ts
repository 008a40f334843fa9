import { once } from 'node:events'
import type { Visitor } from './visitor.ts'

/** What a connection can be in the middle of. */
export interface ConnectionState {
  readonly name: string
  /** What brings it there. */
  readonly sends: string
  /** Something of the answer has to arrive as well. */
  readonly reach?: (visitor: Visitor) => Promise<unknown>
  /** The server does not read: it cannot notice a reset before it writes. */
  readonly isPaused?: boolean
  /** What a client that half-closes there is told, in order. */
  readonly answers: readonly number[]
}

const get = (target: string, ...fields: string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: localhost', ...fields, '', ''].join('\r\n')

const post = (...lines: string[]): string => ['POST /echo HTTP/1.1', 'Host: localhost', ...lines].join('\r\n')

/** The first bytes arrive, and the client reads no further. */
const firstBytes = async ({ socket }: Visitor): Promise<void> => {
  await once(socket, 'data')
  socket.pause()
}

/** As many as are answered at once, and some more. */
const MANY = 40

export const STATES: readonly ConnectionState[] = [
  { name: 'before its first byte', sends: '', answers: [] },
  { name: 'in its request line', sends: 'GET /some', answers: [400] },
  { name: 'in a field', sends: 'GET / HTTP/1.1\r\nHost: loc', answers: [400] },
  { name: 'between head and body', sends: post('Content-Length: 9', '', ''), answers: [400] },
  { name: 'in a body', sends: post('Content-Length: 900', '', 'some of it'), answers: [400] },
  {
    name: 'in a chunk',
    sends: post('Transfer-Encoding: chunked', '', 'ff', 'some'),
    answers: [400],
  },
  {
    name: 'in a chunk size',
    sends: post('Transfer-Encoding: chunked', '', '4', 'some', 'f'),
    answers: [400],
  },
  {
    name: 'in a trailer',
    sends: post('Transfer-Encoding: chunked', '', '0', 'X-Trailer: so'),
    answers: [400],
  },
  {
    name: 'asked to continue',
    sends: post('Content-Length: 9', 'Expect: 100-continue', '', ''),
    reach: firstBytes,
    answers: [100, 400],
  },
  { name: 'while its handler works', sends: get('/hold'), answers: [200] },
  {
    name: 'in a written answer',
    sends: get('/write?chunks=256'),
    reach: firstBytes,
    answers: [200],
  },
  {
    name: 'in a streamed answer',
    sends: get('/pour?chunks=256'),
    reach: firstBytes,
    answers: [200],
  },
  {
    name: 'in a large answer with others behind it',
    sends: get('/write?chunks=256') + get('/') + get('/hold') + get('/'),
    reach: firstBytes,
    answers: [200, 200, 200, 200],
  },
  { name: 'while pipelined', sends: get('/hold') + get('/') + get('/hold'), answers: [200, 200, 200] },
  {
    name: 'with an unsafe request waiting',
    sends: `${get('/hold') + post('Content-Length: 4', '', 'body')}${get('/')}`,
    isPaused: true,
    answers: [200, 200, 200],
  },
  {
    name: 'with more pipelined than is read ahead',
    sends: get('/hold').repeat(MANY),
    isPaused: true,
    answers: new Array(MANY).fill(200),
  },
  { name: 'pipelined and in a head', sends: `${get('/hold')}GET /`, answers: [200, 400] },
  {
    name: 'while the server lingers',
    sends: get('/', 'Connection: close'),
    reach: ({ ended }) => ended,
    answers: [200],
  },
  {
    name: 'while the server lingers after a refusal',
    sends: 'NONSENSE\r\n\r\n',
    reach: ({ ended }) => ended,
    answers: [400],
  },
  {
    name: 'upgraded',
    sends: get('/', 'Connection: upgrade', 'Upgrade: echo'),
    reach: firstBytes,
    answers: [101],
  },
  {
    name: 'idle after an answer',
    sends: get('/'),
    reach: ({ socket }) => once(socket, 'data'),
    answers: [200],
  },
]
