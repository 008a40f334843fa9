import { AsyncLocalStorage } from 'node:async_hooks'
import diagnostics from 'node:diagnostics_channel'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import * as nova from '../../../src/node/server.ts'
import { IMPLEMENTATIONS } from './implementations.ts'
import { serving } from './serving.ts'

interface Told {
  request: IncomingMessage
  response: ServerResponse
}

/** Runs `use` while what is published on the channels is noted. */
const subscribed = async (names: readonly string[], use: () => Promise<void>): Promise<string[]> => {
  const notes: string[] = []
  const listeners = names.map((name) => {
    const listener = (message: unknown): void => {
      const { request, response } = message as Told
      notes.push(`${name} ${request.url} ${response.statusCode}`)
    }
    diagnostics.subscribe(name, listener)
    return [name, listener] as const
  })
  try {
    await use()
  } finally {
    for (const [name, listener] of listeners) diagnostics.unsubscribe(name, listener)
  }
  return notes
}

/** Answers with what the store held before, after a turn, and in a listener of the response. */
const entering = (storage: AsyncLocalStorage<string>): http.RequestListener => {
  return async (req, res) => {
    const before = storage.getStore() ?? 'none'
    storage.enterWith(req.url as string)
    await new Promise(setImmediate)
    res.write(`${before} ${storage.getStore()}`)
    res.write(' ', () => res.end(storage.getStore()))
  }
}

const ask = (url: string, agent: http.Agent): Promise<string> =>
  new Promise((resolve, reject) => {
    http.get(url, { agent }, (response) => resolve(text(response))).on('error', reject)
  })

/** The contexts that requests on one connection see, one after the other and pipelined. */
const contextsOnOneConnection = (createServer: typeof http.createServer): Promise<string[]> => {
  const storage = new AsyncLocalStorage<string>()
  return serving(createServer(entering(storage)), async (origin) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const answers: string[] = []
    for (const path of ['/1', '/2', '/3']) answers.push(await ask(origin + path, agent))
    agent.destroy()
    return answers
  })
}

test('enterWith reaches later requests of its own connection only where it does with node:http', async () => {
  const expected = await contextsOnOneConnection(http.createServer)
  expect(await contextsOnOneConnection(nova.createServer)).toEqual(expected)
})

describe.each(IMPLEMENTATIONS)('what watches requests on %s', (_name, createServer) => {
  test('enterWith in one handler does not leak into the requests of other connections', () => {
    const storage = new AsyncLocalStorage<string>()
    return serving(createServer(entering(storage)), async (origin) => {
      const agent = new http.Agent({ keepAlive: false })
      const paths = Array.from({ length: 40 }, (_, i) => `/${i}`)
      const answers = await Promise.all(paths.map((path) => ask(origin + path, agent)))
      expect(answers).toEqual(paths.map((path) => `none ${path} ${path}`))
    })
  })

  test('the http.server channels tell start, creation and finish in order', async () => {
    const names = ['http.server.response.created', 'http.server.request.start', 'http.server.response.finish']
    // Older versions of Node know only some of them; the one that is loaded decides.
    const notes = await subscribed(names, () =>
      serving(
        createServer((req, res) => {
          res.statusCode = 201
          if (req.url === '/streamed') res.write('a')
          res.end('b')
        }),
        async (origin) => {
          for (const path of ['/whole', '/streamed']) await (await fetch(origin + path)).text()
        },
      ),
    )
    const perRequest = (path: string): string[] => [
      `http.server.response.created ${path} 200`,
      `http.server.request.start ${path} 200`,
      `http.server.response.finish ${path} 201`,
    ]
    expect(notes.filter((note) => note.includes('.finish'))).toHaveLength(2)
    expect(notes.filter((note) => !note.includes('created'))).toEqual(
      [...perRequest('/whole'), ...perRequest('/streamed')].filter((note) => !note.includes('created')),
    )
  })

  test('tools that replace emit, writeHead, write and end are called as by Node', () => {
    const seen: string[] = []
    const server = createServer((req, res) => {
      if (req.url === '/streamed') res.write('a')
      res.end('b')
    })
    const { emit } = server
    server.emit = function patched(this: http.Server, event: string, ...args: unknown[]): boolean {
      if (event !== 'request') return Reflect.apply(emit, this, [event, ...args])
      const [req, res] = args as [IncomingMessage, ServerResponse]
      for (const name of ['writeHead', 'write', 'end'] as const) {
        const original = res[name] as (...args: unknown[]) => unknown
        const replaced = function (this: ServerResponse, ...given: unknown[]): unknown {
          seen.push(`${req.url} ${name}`)
          if (name === 'writeHead') this.setHeader('X-Trace', 'on')
          return original.apply(this, given)
        }
        Object.defineProperty(res, name, { value: replaced, configurable: true, writable: true })
      }
      res.once('close', () => seen.push(`${req.url} closed ${res.statusCode}`))
      return Reflect.apply(emit, this, [event, ...args])
    } as typeof server.emit
    return serving(server, async (origin) => {
      const whole = await fetch(`${origin}/whole`)
      expect([whole.headers.get('x-trace'), await whole.text()]).toEqual(['on', 'b'])
      const streamed = await fetch(`${origin}/streamed`)
      expect([streamed.headers.get('x-trace'), await streamed.text()]).toEqual(['on', 'ab'])
      await expect
        .poll(() => seen)
        .toEqual([
          ...['/whole end', '/whole writeHead', '/whole closed 200'],
          ...['/streamed write', '/streamed writeHead', '/streamed end', '/streamed closed 200'],
        ])
    })
  })
})
