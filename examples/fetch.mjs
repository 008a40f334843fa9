// A fetch handler without a framework, with an event stream: PORT=3000 node examples/fetch.mjs
import process from 'node:process'
import { setInterval } from 'node:timers/promises'
import { serve } from 'nova-http/fetch'

const TICK_MS = 1_000
const encoder = new TextEncoder()

/** @param {AbortSignal} signal */
async function* ticks(signal) {
  for await (const _ of setInterval(TICK_MS, undefined, { signal })) {
    yield encoder.encode(`data: ${new Date().toISOString()}\n\n`)
  }
}

const server = await serve({
  port: Number(process.env.PORT ?? 3000),
  hostname: '127.0.0.1',
  fetch: async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/') return Response.json({ hello: 'fetch' })
    if (pathname === '/echo') return Response.json(await request.json())
    if (pathname === '/events') {
      const body = ReadableStream.from(ticks(request.signal))
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
    }
    return new Response('Not found\n', { status: 404 })
  },
})
console.log(server.url)
process.once('SIGTERM', () => server.close())
