import type { Request } from '../../src/engine/message/request.ts'
import type { Response } from '../../src/engine/message/response.ts'
import type { Handler } from '../../src/engine/server/engine.ts'
import { settle } from '../support/memory-server.ts'

/** What handlers throw on purpose. */
export const PLANNED = 'planned'

/** FNV-1a, 32 bits. */
export const checksum = (bytes: Uint8Array): number => {
  let sum = 0x811c9dc5
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193) >>> 0
  return sum
}

/** What was asked, in one line. `index` counts the requests of a connection. */
export const echoOf = (index: number, method: string, target: string, body: Uint8Array): string =>
  `${index} ${method} ${target} ${body.length} ${checksum(body)}`

/** How a handler goes about its request. */
type Manner = (req: Request, res: Response, index: number) => void | Promise<void>

const readsAll: Manner = async (req, res, index) => {
  const { method, target } = req
  const body = await req.bytes()
  res
    .setHeader('X-Index', index)
    .setHeader('X-Echo', echoOf(index, method, target, body))
    .end(`[${index}]`)
}

const MANNERS: readonly Manner[] = [
  readsAll,
  (_req, res, index) => {
    res.setHeader('X-Index', index).end(`[${index}]`)
  },
  async (_req, res, index) => {
    await settle(index % 4)
    res.setHeader('X-Index', index).end()
  },
  async (req, res, index) => {
    res.setHeader('X-Index', index)
    for await (const chunk of req.body) if (!res.write(chunk)) await res.drained()
    res.end()
  },
  async (req, res, index) => {
    for await (const chunk of req.body) if (chunk.length > 0) break
    res.setHeader('X-Index', index).end('left early')
  },
  async (req, res, index) => {
    res.setHeader('X-Index', index).write('begun')
    await settle(1)
    await req.text()
    res.end(' and ended')
  },
  async (req, res, index) => {
    res.setHeader('X-Index', index).end('answered before it was read')
    await req.text()
  },
  (_req, res, index) => {
    res.setHeader('X-Index', index)
    throw new Error(PLANNED)
  },
  async (_req, res, index) => {
    res.setHeader('X-Index', index).write('begun')
    await settle(1)
    throw new Error(PLANNED)
  },
]

/** Reads the whole request, takes its time as `seed` says, and answers: the answer depends on nothing but the request. */
export const steadyHandler =
  (seed: number, indexOf: (req: Request) => number): Handler =>
  async (req, res) => {
    const index = indexOf(req)
    const delay = (seed >> (index % 8)) & 3
    if (delay > 0) await settle(delay)
    await readsAll(req, res, index)
  }

/** Does anything a handler may do, as `seed` says. */
export const wildHandler =
  (seed: number, indexOf: (req: Request) => number): Handler =>
  (req, res) => {
    const index = indexOf(req)
    const manner = MANNERS[(seed + index * 7) % MANNERS.length] as Manner
    return manner(req, res, index)
  }
