import { Agent, get, type IncomingMessage } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import type { Handler } from '../../src/engine/server/engine.ts'
import { deferred } from '../support/deferred.ts'
import { serve } from './serve.ts'

const echo: Handler = async (req, res) => {
  const type = req.headers.get('content-type')
  if (type !== undefined) res.setHeader('Content-Type', type)
  res.end(req.method === 'POST' ? await req.bytes() : `${req.method} ${req.target}`)
}

interface Answer {
  text: string
  isReused: boolean
  /** The client's own idle timeout on the socket, ms. */
  timeoutMs: number | undefined
}

const ask = (url: string, agent: Agent): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response: IncomingMessage) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      const { socket } = response
      response.on('end', () => {
        // The agent takes the socket back, and reads the hint, after 'end'.
        setImmediate(() => resolve({ text, isReused: request.reusedSocket, timeoutMs: socket.timeout }))
      })
    })
    request.on('error', reject)
  })

const keepAliveAgent = (options: { maxSockets?: number; timeout?: number } = {}): Agent => {
  const agent = new Agent({ keepAlive: true, ...options })
  onTestFinished(() => agent.destroy())
  return agent
}

test('an http.Agent with keepAlive uses one socket again and again', async () => {
  const { engine, origin } = await serve(echo)
  const agent = keepAliveAgent({ maxSockets: 1 })
  for (let i = 0; i < 20; i++) {
    expect(await ask(`${origin}/${i}`, agent)).toMatchObject({ text: `GET /${i}`, isReused: i > 0 })
  }
  expect(engine.stats().connections.accepted).toBe(1)
})

test('an http.Agent gives a socket up before the time that Keep-Alive advertises', async () => {
  const { origin } = await serve(echo, { idleTimeoutMs: 5_000 })
  const { timeoutMs } = await ask(origin, keepAliveAgent({ timeout: 60_000 }))
  expect(timeoutMs).toBeGreaterThan(0)
  expect(timeoutMs).toBeLessThanOrEqual(4_000)
})

test('200 requests at once over 8 sockets of an http.Agent all get their own answer', async () => {
  const { engine, origin } = await serve(echo)
  const agent = keepAliveAgent({ maxSockets: 8 })
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => ask(`${origin}/${i}`, agent)))
  expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 200 }, (_, i) => `GET /${i}`))
  expect(engine.stats().connections.accepted).toBe(8)
})

test('fetch gets, posts JSON, streams an upload and sees a 500', async () => {
  const { origin } = await serve(
    (req, res) => {
      if (req.path === '/broken') throw new Error('broken on purpose')
      return echo(req, res)
    },
    { onError: () => {} },
  )
  expect(await (await fetch(`${origin}/plain`)).text()).toBe('GET /plain')

  const json = await fetch(origin, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ city: 'São Paulo' }),
  })
  expect(json.headers.get('content-type')).toBe('application/json')
  expect(await json.json()).toEqual({ city: 'São Paulo' })

  const pieces = Array.from({ length: 50 }, (_, i) => Buffer.from(`piece ${i};`.repeat(100)))
  const upload = await fetch(origin, {
    method: 'POST',
    body: new ReadableStream({
      pull(controller) {
        const piece = pieces.shift()
        if (piece === undefined) controller.close()
        else controller.enqueue(piece)
      },
    }),
    duplex: 'half',
  })
  const expected = Array.from({ length: 50 }, (_, i) => `piece ${i};`.repeat(100)).join('')
  expect(await upload.text()).toBe(expected)

  expect((await fetch(`${origin}/broken`)).status).toBe(500)
})

test('a fetch that is aborted aborts the request of a handler that still writes', async () => {
  const begun = deferred<void>()
  const ended = deferred<unknown>()
  const { engine, origin } = await serve(async (req, res) => {
    begun.resolve()
    while (!req.signal.aborted) {
      res.write('still here\n')
      await new Promise(setImmediate)
    }
    ended.resolve(req.signal.reason)
  })
  const controller = new AbortController()
  const fetched = fetch(origin, { signal: controller.signal }).then((response) => response.text())
  await begun.promise
  controller.abort()
  await expect(fetched).rejects.toThrow()
  expect(await ended.promise).toMatchObject({ code: 'CLIENT_CLOSED' })
  await expect.poll(() => engine.stats().exchanges.live).toBe(0)
  expect(engine.stats().aborted).toBe(1)
})

test('a handler may read the absent body of request after request', async () => {
  const { origin } = await serve(async (req, res) => res.end(`[${await req.text()}]`))
  const agent = keepAliveAgent({ maxSockets: 1 })
  for (let i = 0; i < 3; i++) expect(await ask(origin, agent)).toMatchObject({ text: '[]' })
})
