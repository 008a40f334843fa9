import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { expect, onTestFinished, test } from 'vitest'
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

test('access-log.mjs writes a line of JSON for each request, and loses none when it ends', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nova-http-example-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'access.ndjson')
  const program = new Program(join(ROOT, 'examples/access-log.mjs'), { PORT: '0', LOG: file })
  const origin = await program.line()
  const headers = { 'x-request-id': 'r-7' }
  await (await fetch(`${origin}?token=secret`, { headers })).text()
  await (await fetch(`${origin}missing`)).text()
  program.signal('SIGTERM')
  expect(await program.exitCode).toBe(0)
  const lines = readFileSync(file, 'utf8').split('\n')
  expect(lines.pop()).toBe('')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { method: 'GET', target: '/', status: 200, complete: true, request_id: 'r-7' },
    { method: 'GET', target: '/missing', status: 404, complete: true },
  ])
})

test('opentelemetry.mjs makes a span of each request, with its route, status and parent', async () => {
  const program = new Program(join(ROOT, 'examples/opentelemetry.mjs'), { PORT: '0' })
  const origin = await program.line()
  const [traceId, parentId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
  const headers = { traceparent: `00-${traceId}-${parentId}-01` }
  const thing = (await (await fetch(`${origin}things/7?token=secret`, { headers })).json()) as {
    headers: { traceparent: string }
  }
  for (const path of ['missing', 'fail']) await (await fetch(origin + path)).text()
  program.signal('SIGTERM')
  const spans = readSpans(await program.rest())
  expect(await program.exitCode).toBe(0)
  const named = (name: string) => spans.find((span) => span.name === name)
  const request = named('GET /things/:id')
  expect(request).toMatchObject({
    traceId,
    parentSpanContext: { spanId: parentId, isRemote: true },
    kind: SpanKind.SERVER,
    attributes: {
      'http.request.method': 'GET',
      'http.route': '/things/:id',
      'http.response.status_code': 200,
      'url.path': '/things/7',
      'client.address': '127.0.0.1',
    },
    status: { code: SpanStatusCode.UNSET },
  })
  expect(request?.duration).toBeGreaterThan(0)
  const child = named('look up')
  expect(child).toMatchObject({ traceId, parentSpanContext: { spanId: request?.id } })
  expect(thing.headers.traceparent).toBe(`00-${traceId}-${child?.id}-01`)
  expect(named('GET')).toMatchObject({
    attributes: { 'http.response.status_code': 404 },
    status: { code: SpanStatusCode.UNSET },
  })
  expect(Object.keys(named('GET')?.attributes ?? {})).not.toContain('http.route')
  expect(named('GET /fail')).toMatchObject({
    attributes: { 'http.response.status_code': 500, 'http.route': '/fail' },
    status: { code: SpanStatusCode.ERROR },
  })
  expect(spans).toHaveLength(4)
})

interface Span {
  name: string
  id: string
  duration: number
  attributes: Record<string, unknown>
}

/** What ConsoleSpanExporter has printed: objects as `util.inspect` shows them, which is JavaScript. */
const readSpans = (lines: readonly string[]): Span[] => {
  const blocks = lines.join('\n').match(/^\{\n[\s\S]*?\n\}$/gm) ?? []
  return blocks.map((block) => runInNewContext(`(${block})`) as Span)
}
