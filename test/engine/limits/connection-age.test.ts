import { describe, expect, test } from 'vitest'
import { get, parseAnswers } from '../../support/answers.ts'
import { Doors } from '../../support/deferred.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'
import { goesAfter, leave, outcome, SLACK_MS, stays } from './due.ts'

const OPTIONS = { maxConnectionAgeMs: 20_000, idleTimeoutMs: 0, firstByteTimeoutMs: 0 }

describe('maxConnectionAgeMs', () => {
  test('closes an idle connection quietly', async () => {
    const server = new MemoryServer((_req, res) => res.end('x'), OPTIONS)
    const peer = server.connect()
    await stays(server.clock, peer, 10_000)
    peer.receive(get('/'))
    await goesAfter(server.clock, peer, 10_000)
    expect(parseAnswers(peer.written)).toHaveLength(1)
    await leave(peer)
    expect(outcome(server.stats)).toEqual({
      timeouts: { connectionAge: 1 },
      refused: {},
      closed: { connectionAge: 1 },
    })
  })

  test('lets a busy one finish: the next answer says Connection: close (RFC 9112, 9.6)', async () => {
    const doors = new Doors()
    const server = new MemoryServer(async (_req, res) => {
      await doors.pass('go')
      res.end('x')
    }, OPTIONS)
    const peer = server.connect()
    peer.receive(get('/'))
    await stays(server.clock, peer, 60_000)
    doors.open('go')
    await settle(2)
    expect(parseAnswers(peer.written)[0]?.fields.connection).toBe('close')
    expect(peer.isEnded).toBe(true)
    await leave(peer)
    expect(outcome(server.stats).closed).toEqual({ connectionAge: 1 })
  })

  test('half a head is not idle: its answer is the last', async () => {
    const server = new MemoryServer((_req, res) => res.end('x'), { ...OPTIONS, headTimeoutMs: 0 })
    const peer = server.connect()
    peer.receive(get('/').slice(0, 9))
    await stays(server.clock, peer, 60_000)
    peer.receive(get('/').slice(9))
    await settle(2)
    expect(parseAnswers(peer.written)[0]?.fields.connection).toBe('close')
  })

  test('is off at 0', async () => {
    const server = new MemoryServer(() => {}, { ...OPTIONS, maxConnectionAgeMs: 0 })
    const peer = server.connect()
    await stays(server.clock, peer, 86_400_000)
    expect(server.stats.deadlines).toBe(0)
  })
})

test('after maxRequestsPerConnection the reason is requestLimit', async () => {
  const server = new MemoryServer((_req, res) => res.end('x'), { maxRequestsPerConnection: 3 })
  const peer = server.connect()
  for (let i = 0; i < 3; i++) peer.receive(get('/'))
  server.clock.advance(SLACK_MS)
  await settle(2)
  expect(parseAnswers(peer.written).map(({ fields }) => fields.connection)).toEqual([
    undefined,
    undefined,
    'close',
  ])
  await leave(peer)
  expect(outcome(server.stats)).toEqual({ timeouts: {}, refused: {}, closed: { requestLimit: 1 } })
})
