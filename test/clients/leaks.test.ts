import { once } from 'node:events'
import { expect, test } from 'vitest'
import { RawClient } from './raw-client.ts'
import { type Measurement, startServerProcess } from './server-process.ts'

/** What the heap may have grown by after everything: code that was compiled meanwhile, and noise. */
const HEAP_GROWTH_BYTES = 1_048_576
const EXTERNAL_GROWTH_BYTES = 262_144

const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: localhost\r\nX-Identity: me\r\n\r\n`

const post = (body: string): string =>
  `POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`

const BATCH = [
  ...Array.from({ length: 22 }, () => get('/')),
  get('/later?turns=2'),
  post('x'.repeat(500)),
  get('/'),
]

/** `requests` requests over 20 keep-alive connections, pipelined in batches. */
const keepAlive = async (port: number, requests: number): Promise<void> => {
  const clients = Array.from({ length: 20 }, () => new RawClient(port))
  const batches = requests / clients.length / BATCH.length
  await Promise.all(
    clients.map(async (client) => {
      for (let i = 0; i < batches; i++) {
        client.send(BATCH.join(''))
        for (const _ of BATCH) expect((await client.answer()).status).toBe(200)
      }
      client.close()
    }),
  )
}

type Visit = (client: RawClient) => Promise<unknown>

const ask: Visit = (client) => {
  client.send(get('/'))
  return client.answer()
}

const askLater: Visit = (client) => {
  client.send(get('/later?turns=5'))
  return client.answer()
}

const breakOffUpload: Visit = (client) => {
  client.send('POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\nbroken off')
  return once(client.socket, 'connect')
}

const halfCloseUpload: Visit = (client) => {
  client.send('POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\nbroken off')
  client.socket.end()
  return client.answer()
}

const breakOffDownload: Visit = async (client) => {
  client.send(get('/stream?chunks=1000'))
  await once(client.socket, 'data')
}

const resetDownload: Visit = async (client) => {
  await breakOffDownload(client)
  client.socket.resetAndDestroy()
}

const talkNonsense: Visit = (client) => {
  client.send('NONSENSE\r\n\r\n')
  return client.answer()
}

const sayNothing: Visit = (client) => once(client.socket, 'connect')

/** One round of visitors, all at once. Downloads that break off fill socket buffers of megabytes: a few are enough. */
const VISITS: readonly Visit[] = [
  breakOffDownload,
  resetDownload,
  ...Array.from({ length: 6 }, () => [breakOffUpload, halfCloseUpload, talkNonsense, sayNothing]).flat(),
  ...Array.from({ length: 12 }, () => [ask, askLater]).flat(),
]

/** `count` connections, a round of visitors at a time. */
const comeAndGo = async (port: number, count: number): Promise<void> => {
  for (let at = 0; at < count; at += VISITS.length) {
    await Promise.all(
      VISITS.map(async (visit) => {
        const client = new RawClient(port)
        await visit(client)
        client.close()
      }),
    )
  }
}

const expectNothingLeft = (before: Measurement, after: Measurement): void => {
  expect(after.stats.connections.open).toBe(0)
  expect(after.stats.exchanges.live).toBe(0)
  expect(after.stats.deadlines).toBe(0)
  expect(after.descriptors).toBe(before.descriptors)
  expect(after.heapBytes - before.heapBytes).toBeLessThan(HEAP_GROWTH_BYTES)
  expect(after.externalBytes - before.externalBytes).toBeLessThan(EXTERNAL_GROWTH_BYTES)
}

const isAtRest = ({ stats }: Measurement): boolean =>
  stats.connections.open === 0 && stats.exchanges.live === 0

test('50,000 requests and 5,000 connections leave nothing behind', async () => {
  const server = await startServerProcess()
  await keepAlive(server.port, 10_000)
  await comeAndGo(server.port, 1_000)
  const before = await server.measureUntil(isAtRest)

  await keepAlive(server.port, 50_000)
  expectNothingLeft(before, await server.measureUntil(isAtRest))

  await comeAndGo(server.port, 5_000)
  const after = await server.measureUntil(isAtRest)
  expectNothingLeft(before, after)
  expect(after.stats.connections.accepted).toBe(20 + 1_000 + 20 + 5_000)
  expect(after.stats.aborted).toBeGreaterThanOrEqual(240)
})
