import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { Engine } from '../../../src/engine/server/engine.ts'
import { ManualClock } from '../../../src/engine/time/manual-clock.ts'
import { get, parseAnswers } from '../../support/answers.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'

const ANSWER_BYTES = 10_000
const MANY = 500

const many = Array.from({ length: MANY }, (_, id) => get(`/${id}`)).join('')

test('one read full of requests is not answered further than the client keeps up', async () => {
  const options = { highWaterBytes: 65_536, maxPipelined: 4, maxRequestsPerConnection: 0 }
  const server = new MemoryServer((req, res) => res.end(req.target.padEnd(ANSWER_BYTES)), options)
  const client = server.connect()
  client.holdWrites()
  client.receive(many)
  await settle()
  expect(client.isPaused).toBe(true)
  expect(client.pendingBytes).toBeLessThan(options.highWaterBytes + 5 * (ANSWER_BYTES + 300))
  expect(server.stats.requests).toBeLessThan(20)

  client.releaseWrites()
  await settle()
  const answers = parseAnswers(client.written)
  expect(answers.map(({ body }) => body.trim())).toEqual(Array.from({ length: MANY }, (_, id) => `/${id}`))
  expect(client.isPaused).toBe(false)
  expect(server.stats).toMatchObject({ exchanges: { live: 0 }, connections: { idle: 1 } })
})

/** A stream whose client answers the first bytes it gets with more requests, from inside the write. */
class EagerStream extends Duplex {
  received = ''
  #next: string | null

  constructor(next: string) {
    super({ highWaterMark: 1_024 })
    this.#next = next
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.received += chunk.toString('latin1')
    const next = this.#next
    this.#next = null
    if (next !== null) this.push(next, 'latin1')
    // Not taken at once: the engine finds its client behind.
    setImmediate(done)
  }
}

test('what arrives while a read is half parsed is parsed after the rest of that read', async () => {
  const engine = new Engine(
    { highWaterBytes: 1_024, maxPipelined: 2, maxRequestsPerConnection: 0 },
    (req, res) => res.end(req.target.padEnd(3_000)),
    new ManualClock(),
  )
  const stream = new EagerStream(get('/late'))
  engine.attach(stream)
  stream.push(Array.from({ length: 9 }, (_, id) => get(`/${id}`)).join(''))
  await expect.poll(() => engine.stats().requests).toBe(10)
  await settle(20)
  const targets = parseAnswers(stream.received).map(({ body }) => body.trim())
  expect(targets).toEqual([...Array.from({ length: 9 }, (_, id) => `/${id}`), '/late'])
  stream.destroy()
})
