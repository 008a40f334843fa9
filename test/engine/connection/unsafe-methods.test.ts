import { describe, expect, test } from 'vitest'
import type { Handler } from '../../../src/engine/server/engine.ts'
import { bodiesOf, get, post } from '../../support/answers.ts'
import { Doors } from '../../support/deferred.ts'
import { MemoryServer, settle } from '../../support/memory-server.ts'

const logged = () => {
  const doors = new Doors()
  const log: string[] = []
  const handler: Handler = async (req, res) => {
    const { target } = req
    log.push(`+${target}`)
    const body = await req.text()
    await doors.pass(target)
    log.push(`-${target}`)
    res.end(target + body)
  }
  return { doors, log, handler }
}

describe('Requests that change something run alone (RFC 9112, 9.3.2)', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('what follows a %s waits for its answer', async (method) => {
    const { doors, log, handler } = logged()
    const peer = new MemoryServer(handler).connect()
    peer.receive(post('/0', 'body', method) + get('/1') + get('/2'))
    await settle()
    expect(log).toEqual(['+/0'])
    doors.open('/0')
    await settle()
    expect(log).toEqual(['+/0', '-/0', '+/1', '+/2'])
    doors.open('/1')
    doors.open('/2')
    await settle()
    expect(bodiesOf(peer.written)).toEqual(['/0body', '/1', '/2'])
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('a %s waits for its predecessors', async (method) => {
    const { doors, log, handler } = logged()
    const peer = new MemoryServer(handler).connect()
    peer.receive(get('/0') + get('/1') + post('/2', 'body', method) + get('/3'))
    await settle()
    expect(log).toEqual(['+/0', '+/1'])
    doors.open('/1')
    await settle()
    expect(log).not.toContain('+/2')
    doors.open('/0')
    await settle()
    expect(log).toContain('+/2')
    expect(log).not.toContain('+/3')
    doors.open('/2')
    doors.open('/3')
    await settle()
    expect(bodiesOf(peer.written)).toEqual(['/0', '/1', '/2body', '/3'])
  })

  test.each(['HEAD', 'OPTIONS', 'TRACE'])('a %s runs beside its neighbours', async (method) => {
    const { log, handler } = logged()
    const peer = new MemoryServer(handler).connect()
    peer.receive(`${method} /0 HTTP/1.1\r\nHost: a\r\n\r\n${get('/1')}`)
    await settle()
    expect(log).toEqual(['+/0', '+/1'])
  })

  test('a waiting POST whose predecessor closes the connection never runs', async () => {
    const { doors, log, handler } = logged()
    const server = new MemoryServer((req, res) => {
      if (req.target === '/0') res.setHeader('Connection', 'close')
      return handler(req, res)
    })
    const peer = server.connect()
    peer.receive(get('/0') + post('/1', 'body'))
    await settle()
    doors.open('/0')
    doors.open('/1')
    await settle()
    expect(log).toEqual(['+/0', '-/0'])
    expect(bodiesOf(peer.written)).toEqual(['/0'])
    expect(server.stats.exchanges.live).toBe(0)
  })

  test('a waiting POST whose client leaves never runs', async () => {
    const { doors, log, handler } = logged()
    const server = new MemoryServer(handler)
    const peer = server.connect()
    peer.receive(get('/0') + post('/1', 'body'))
    await settle()
    peer.close()
    doors.open('/0')
    doors.open('/1')
    await settle()
    expect(log).toEqual(['+/0', '-/0'])
    expect(server.stats.exchanges.live).toBe(0)
  })

  test('a waiting POST may be incomplete, and the rest of its body still arrives', async () => {
    const { doors, handler } = logged()
    const peer = new MemoryServer(handler).connect()
    const request = post('/1', 'x'.repeat(100))
    peer.receive(get('/0') + request.slice(0, -50))
    await settle()
    doors.open('/0')
    doors.open('/1')
    await settle()
    peer.receive(request.slice(-50))
    await settle()
    expect(bodiesOf(peer.written)).toEqual(['/0', `/1${'x'.repeat(100)}`])
  })

  test('a POST answered in its own turn does not hold up the next read', () => {
    const peer = new MemoryServer((req, res) => res.end(req.target)).connect()
    peer.receive(post('/0', 'a') + post('/1', 'b') + get('/2'))
    expect(bodiesOf(peer.written)).toEqual(['/0', '/1', '/2'])
    expect(peer.writes).toBe(1)
  })
})
