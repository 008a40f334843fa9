import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { ROOT } from './packed.ts'
import { Program } from './program.ts'

const DEMO = join(ROOT, 'examples/demo.mjs')

const startDemo = async (): Promise<{ demo: Program; port: number; origin: string }> => {
  const demo = new Program(DEMO, { PORT: '0', HOST: '127.0.0.1' })
  const line = await demo.line()
  const port = Number(/listens on http:\/\/127\.0\.0\.1:(\d+)\//.exec(line)?.[1])
  expect(port).toBeGreaterThan(0)
  return { demo, port, origin: `http://127.0.0.1:${port}` }
}

/** A port somebody listens on. */
const takePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  return (server.address() as { port: number }).port
}

test('npm start builds and then runs the demo', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  expect(scripts['start']).toBe('npm run build --silent && node examples/demo.mjs')
})

test('every route of the demo answers', async () => {
  const { origin } = await startDemo()
  const hello = await fetch(origin)
  expect(await hello.text()).toBe('Hello, World!')
  expect(hello.headers.get('content-type')).toBe('text/plain')
  expect(await (await fetch(`${origin}/json`)).json()).toEqual({ message: 'Hello, World!' })

  const echoed = await fetch(`${origin}/echo`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/csv' },
    body: 'a,b',
  })
  expect(echoed.headers.get('content-type')).toBe('text/csv')
  expect(await echoed.text()).toBe('a,b')

  const big = Buffer.from(await (await fetch(`${origin}/big`)).arrayBuffer())
  expect(big.equals(Buffer.alloc(1_048_576, 'nova-http '))).toBe(true)

  const head = await fetch(`${origin}/big`, { method: 'HEAD' })
  expect(head.headers.get('content-length')).toBe('1048576')

  expect(await (await fetch(`${origin}/stats`)).json()).toMatchObject({ requests: 6, handlerErrors: 0 })
  const missing = await fetch(`${origin}/nowhere`)
  expect([missing.status, await missing.text()]).toEqual([404, 'Not Found\n'])
  const wrongMethod = await fetch(`${origin}/json`, { method: 'DELETE' })
  expect([wrongMethod.status, await wrongMethod.text()]).toEqual([404, 'Not Found\n'])
})

test('a port from the environment is used; a taken one gives one sentence and exit code 1', async () => {
  const port = await takePort()
  const demo = new Program(DEMO, { PORT: String(port), HOST: '127.0.0.1' })
  expect(await demo.exitCode).toBe(1)
  expect(demo.errors).toBe(`Port ${port} on 127.0.0.1 is taken; set PORT to a free one.\n`)
})

test.each([
  [{ PORT: '70000' }, 'PORT must be a number from 0 to 65535; got 70000.\n'],
  [{ PORT: 'many' }, 'PORT must be a number from 0 to 65535; got many.\n'],
  [{ PORT: '0', HOST: '192.0.2.1' }, 'This machine has no address 192.0.2.1; set HOST to one it has.\n'],
])('%j gives one sentence and exit code 1', async (env, sentence) => {
  const demo = new Program(DEMO, env)
  expect(await demo.exitCode).toBe(1)
  expect(demo.errors).toBe(sentence)
})

test('SIGTERM lets the request in progress finish, closes idle connections and exits with 0', async () => {
  const { demo, port, origin } = await startDemo()
  const idle = connect({ port, host: '127.0.0.1' })
  const busy = connect({ port, host: '127.0.0.1' })
  onTestFinished(() => {
    idle.destroy()
    busy.destroy()
  })
  idle.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(idle, 'data')
  busy.write('POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nfirst')
  await expect
    .poll(async () => {
      const stats = (await (await fetch(`${origin}/stats`)).json()) as { exchanges: { live: number } }
      return stats.exchanges.live
    })
    .toBe(2)

  demo.signal('SIGTERM')
  await once(idle.resume(), 'end')
  busy.write('after')
  const answer = await text(busy)
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\nConnection: close\r\n\r\nfirstafter$/s)
  expect(await demo.line()).toMatch(/^Drained in \d+ ms: 1 finished, 0 aborted\.$/)
  expect(await demo.exitCode).toBe(0)
  expect(demo.errors).toBe('')
  await expect(fetch(origin)).rejects.toThrow()
})
