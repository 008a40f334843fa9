import { Writable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type AccessLog,
  type AccessLogDestination,
  type AccessLogEntry,
  type AccessLogOptions,
  startAccessLog,
} from '../../src/engine/stats/access-log.ts'
import { engineChannel } from '../../src/engine/stats/channels.ts'
import type { RequestEvent } from '../../src/engine/stats/events.ts'
import { get } from '../support/answers.ts'
import { Doors } from '../support/deferred.ts'
import { MemoryServer, settle } from '../support/memory-server.ts'

const START = 'nova-http:request.start'
const END = 'nova-http:request.end'

/** Takes lines; as long as it is slow it asks to be waited for. */
class Destination implements AccessLogDestination {
  text = ''
  writes = 0
  isSlow = false
  isBroken = false
  #onDrain: (() => void) | null = null

  write(lines: string): boolean {
    if (this.isBroken) throw new Error('planned')
    this.text += lines
    this.writes++
    return !this.isSlow
  }

  once(_event: 'drain', listener: () => void): void {
    this.#onDrain = listener
  }

  drain(): void {
    const listener = this.#onDrain
    this.#onDrain = null
    listener?.()
  }

  get lines(): Record<string, unknown>[] {
    return this.text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }
}

/** A log of the running test, and where it goes. */
const logged = (options?: AccessLogOptions): { log: AccessLog; destination: Destination } => {
  const destination = new Destination()
  const log = startAccessLog(destination, options)
  onTestFinished(() => log.stop())
  return { log, destination }
}

const hello = (): MemoryServer => new MemoryServer((_req, res) => res.end('x'))

describe('the access log', () => {
  test('has one line for each request, with what became of it', async () => {
    const { destination } = logged()
    const doors = new Doors()
    const server = new MemoryServer(async (req, res) => {
      await doors.pass(req.path)
      res.status = 404
      res.end('nothing')
    })
    const peer = server.connect()
    peer.receive(get('/a', 'X-Request-Id: r-7\r\n'))
    server.clock.advance(12.3456)
    doors.open('/a')
    await settle()
    expect(destination.lines).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        remote_address: peer.remoteAddress,
        method: 'GET',
        target: '/a',
        status: 404,
        bytes: peer.written.length,
        duration_ms: 12.346,
        complete: true,
        request_id: 'r-7',
      } satisfies AccessLogEntry,
    ])
  })

  test('says which answers the client did not get, and how far they came', async () => {
    const { destination } = logged()
    const server = new MemoryServer((req, res) => (req.path === '/half' ? res.write('half') : undefined))
    for (const path of ['/none', '/half']) {
      const peer = server.connect()
      peer.receive(get(path))
      await settle(1)
      peer.close()
    }
    expect(destination.lines).toMatchObject([
      { target: '/none', status: 0, bytes: 0, complete: false },
      { target: '/half', status: 200, complete: false },
    ])
    expect(destination.lines[1]?.['bytes']).toBeGreaterThan(0)
  })

  test.each<[sent: string, logged: string, options?: AccessLogOptions]>([
    ['/a?token=secret', '/a'],
    ['/a?token=secret', '/a?token=secret', { includesQuery: true }],
    ['http://user:secret@host/a', 'http://host/a'],
    ['*', '*'],
    [`/${'a'.repeat(5_000)}`, `/${'a'.repeat(2_047)}`],
  ])('shows the target %s as %s', (target, expected, options) => {
    const { destination } = logged(options)
    end({ target })
    expect(destination.lines[0]?.['target']).toBe(expected)
  })

  test.each([
    ['r-7', 'r-7'],
    ['a"b\\c', 'a"b\\c'],
    ['two words', undefined],
    ['\u00e4', undefined],
    ['', undefined],
    ['r'.repeat(129), undefined],
  ])('the id of a request is taken when it is harmless: %j', (id, expected) => {
    const { destination } = logged({ requestIdField: 'X-Trace' })
    const server = hello()
    server.connect().receive(get('/', `X-Trace: ${id}\r\n`))
    expect(destination.lines[0]?.['request_id']).toBe(expected)
  })

  test('nothing that is sent can break a line, or steer a terminal', () => {
    const { destination } = logged({ includesQuery: true })
    const anyBytes = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
    })
    fc.assert(
      fc.property(anyBytes, (target) => {
        destination.text = ''
        end({ target: `/${target}` })
        expect(destination.text).toMatch(/^[\x20-\x7e]+\n$/)
        expect(destination.lines).toHaveLength(1)
      }),
    )
  })

  test('shows what a request can have in its target as JSON', () => {
    const { destination } = logged()
    hello().connect().receive(get('/"\\<script>'))
    expect(destination.lines.map(({ target }) => target)).toEqual(['/"\\<script>'])
  })
})

const EVENT: RequestEvent = {
  connection: 1,
  remoteAddress: '192.0.2.1',
  remotePort: 40_000,
  encrypted: false,
  method: 'GET',
  target: '/',
  httpVersion: '1.1',
  headers: {
    size: 0,
    get: () => undefined,
    getAll: () => [],
    has: () => false,
    [Symbol.iterator]: () => [].values(),
  },
  headReceivedAt: 0,
  handlerCalledAt: 0,
  answeredAt: 0,
  headSentAt: 0,
  endedAt: 0,
  status: 200,
  bytesWritten: 0,
  isComplete: true,
  error: null,
}

/** A request is over. */
const end = (event: Partial<RequestEvent> = {}): void => engineChannel(END).publish({ ...EVENT, ...event })

describe('a slow destination', () => {
  test('is waited for, and then gets what has waited in one piece', () => {
    const { log, destination } = logged()
    destination.isSlow = true
    for (const target of ['/1', '/2', '/3']) end({ target })
    expect(destination.lines).toHaveLength(1)
    destination.isSlow = false
    destination.drain()
    expect(destination.lines.map(({ target }) => target)).toEqual(['/1', '/2', '/3'])
    expect([destination.writes, log.dropped]).toEqual([2, 0])
    destination.isSlow = true
    for (const target of ['/4', '/5']) end({ target })
    destination.drain()
    expect(destination.lines.map(({ target }) => target)).toEqual(['/1', '/2', '/3', '/4', '/5'])
  })

  test('costs bounded memory: what is lost is counted, and told in the log', () => {
    const { log, destination } = logged({ maxPending: 1_000 })
    destination.isSlow = true
    for (let i = 0; i < 1_000; i++) end()
    destination.drain()
    const written = destination.lines.filter(({ status }) => status === 200).length
    expect(destination.text.length).toBeLessThan(1_500)
    expect(log.dropped).toBe(1_000 - written)
    expect(destination.lines.at(-1)).toEqual({ time: expect.any(String), dropped: log.dropped })
    // Told once.
    destination.drain()
    expect(destination.lines.filter((line) => 'dropped' in line)).toHaveLength(1)
  })

  test('that is a stream of Node is waited for as one', async () => {
    const chunks: string[] = []
    let take: (() => void) | null = null
    const stream = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk.toString())
        take = done
      },
    })
    const log = startAccessLog(stream)
    onTestFinished(() => log.stop())
    for (let i = 0; i < 5; i++) end()
    expect(chunks).toHaveLength(1)
    ;(take as (() => void) | null)?.()
    await settle(1)
    expect(chunks.join('').split('\n')).toHaveLength(6)
  })
})

describe('a broken destination', () => {
  test('takes nothing down; what it does not take is counted', async () => {
    const { log, destination } = logged()
    const server = hello()
    destination.isBroken = true
    const peer = server.connect()
    peer.receive(get('/') + get('/'))
    await settle()
    expect([log.dropped, server.stats.responses['2xx']]).toEqual([2, 2])
    destination.isBroken = false
    destination.isSlow = true
    end()
    destination.drain()
    expect(destination.lines.at(-1)).toEqual({ time: expect.any(String), dropped: 2 })
  })

  test('that breaks with lines in waiting counts each of them once', () => {
    const { log, destination } = logged()
    destination.isSlow = true
    for (let i = 0; i < 4; i++) end()
    destination.isBroken = true
    destination.drain()
    expect([log.dropped, destination.lines.length]).toEqual([3, 1])
  })
})

describe('stop()', () => {
  test('ends the log, but not what waits already', () => {
    const { log, destination } = logged()
    destination.isSlow = true
    end({ target: '/1' })
    end({ target: '/2' })
    log.stop()
    end({ target: '/3' })
    destination.drain()
    expect(destination.lines.map(({ target }) => target)).toEqual(['/1', '/2'])
  })

  test('leaves nobody who listens', () => {
    const { log } = logged()
    expect([START, END].map((name) => engineChannel(name as typeof START).hasSubscribers)).toEqual([
      true,
      true,
    ])
    log.stop()
    expect([START, END].map((name) => engineChannel(name as typeof START).hasSubscribers)).toEqual([
      false,
      false,
    ])
  })
})
