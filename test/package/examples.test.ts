import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { runCommand } from '../clients/commands.ts'
import { ROOT } from './packed.ts'
import { Program } from './program.ts'

test('the examples agree with the types of the package', async () => {
  const { code, stdout } = await runCommand(process.execPath, [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    ...['-p', join(ROOT, 'examples/tsconfig.json')],
  ])
  expect(stdout.toString()).toBe('')
  expect(code).toBe(0)
})

/** Starts an example on a free port; returns its origin, without the slash at the end. */
const start = async (file: string, env: Record<string, string> = {}): Promise<string> => {
  const line = await new Program(join(ROOT, 'examples', file), { ...env, PORT: '0' }).line()
  expect(line).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/?$/)
  return line.replace(/\/$/, '')
}

const EXAMPLES = ['fastify', 'express', 'koa', 'hono', 'fetch'] as const

test.each(EXAMPLES)('%s.mjs answers and echoes', async (name) => {
  const origin = await start(`${name}.mjs`)
  expect(await (await fetch(`${origin}/`)).json()).toEqual({ hello: name })
  const echoed = await fetch(`${origin}/echo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
  })
  expect(await echoed.json()).toEqual({ a: 1 })
})

test('fetch.mjs sends an event stream', async () => {
  const { body } = await fetch(`${await start('fetch.mjs')}/events`)
  for await (const chunk of body as ReadableStream<Uint8Array>) {
    expect(Buffer.from(chunk).toString()).toMatch(/^data: \d{4}-/)
    break
  }
})

test('ws.mjs echoes over a WebSocket, and answers requests', async () => {
  const origin = await start('ws.mjs')
  expect(await (await fetch(origin)).json()).toEqual({ hello: 'ws' })
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/echo`)
  await once(socket, 'open')
  socket.send('there and back')
  const [data] = await once(socket, 'message')
  expect(String(data)).toBe('there and back')
  socket.close()
})

test('register.cjs runs on the engine without knowing it', async () => {
  const origin = await start('register.cjs', { NODE_OPTIONS: '--import nova-http/register' })
  const response = await fetch(origin)
  expect(await response.json()).toEqual({ hello: 'register' })
})
