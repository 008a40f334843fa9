import { expect, test } from 'vitest'
import { sendRaw } from './raw.ts'
import { serve } from './serve.ts'

test.each(['GET /\r\n\r\n', 'GET / HTTP/0.9\r\n\r\n', 'GET / HTTP/2.0\r\nHost: localhost\r\n\r\n'])(
  'the request %j is refused and the connection closed (RFC 9112, 2.3)',
  async (request) => {
    const { engine, port } = await serve((_req, res) => res.end('never'))
    const answer = await sendRaw(port, request)
    expect(answer).toMatch(/^HTTP\/1\.1 (400|505) .*\r\nConnection: close\r\n/s)
    expect(answer).not.toMatch(/never/)
    expect(engine.stats().requests).toBe(0)
  },
)

test('a lone HTTP/0.9 request line gets no simple response, and no more time than any unfinished head', async () => {
  const { engine, port } = await serve((_req, res) => res.end('never'), { headTimeoutMs: 100 })
  const answer = await sendRaw(port, 'GET /\r\n')
  expect(answer).toMatch(/^HTTP\/1\.1 (400|408|505) .*\r\nConnection: close\r\n/s)
  expect(engine.stats().requests).toBe(0)
})
