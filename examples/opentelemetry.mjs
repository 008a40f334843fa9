// A span for every request, with W3C trace context: PORT=3000 node examples/opentelemetry.mjs
// Spans go to stdout; give NodeTracerProvider another exporter to send them elsewhere.
import { AsyncLocalStorage } from 'node:async_hooks'
import process from 'node:process'
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { BatchSpanProcessor, ConsoleSpanExporter, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { createEngine, engineChannel } from 'nova-http'

/** @typedef {import('nova-http').RequestEvent} RequestEvent */
/** @typedef {import('@opentelemetry/api').Context} Context */

/** @type {AsyncLocalStorage<Context>} */
const storage = new AsyncLocalStorage()

/** OpenTelemetry's context in a store of ours, which the engine can fill. @type {import('@opentelemetry/api').ContextManager} */
const contextManager = {
  active: () => storage.getStore() ?? ROOT_CONTEXT,
  with: (active, fn, thisArg, ...args) => storage.run(active, () => fn.apply(thisArg, args)),
  bind: (active, target) => {
    if (typeof target !== 'function') return target
    const bound = (/** @type {unknown[]} */ ...args) =>
      storage.run(active, () => Reflect.apply(target, undefined, args))
    return /** @type {typeof target} */ (/** @type {unknown} */ (bound))
  },
  enable: () => contextManager,
  disable: () => contextManager,
}

const provider = new NodeTracerProvider({
  spanProcessors: [new BatchSpanProcessor(new ConsoleSpanExporter())],
})
// The propagator is W3C's trace context unless another is given.
provider.register({ contextManager })
const tracer = trace.getTracer('nova-http')

/** @type {WeakMap<RequestEvent, import('@opentelemetry/api').Span>} */
const spans = new WeakMap()

/** @type {import('@opentelemetry/api').TextMapGetter<RequestEvent>} */
const getter = {
  keys: ({ headers }) => [...headers].map(([name]) => name),
  get: ({ headers }, name) => headers.get(name),
}

engineChannel('nova-http:request.start').bindStore(storage, (request) => {
  const parent = propagation.extract(ROOT_CONTEXT, request, getter)
  const span = tracer.startSpan(
    request.method,
    {
      kind: SpanKind.SERVER,
      startTime: request.headReceivedAt,
      attributes: {
        'http.request.method': request.method,
        // Without the query, which may hold secrets.
        'url.path': request.target.split('?', 1)[0] ?? '',
        'url.scheme': request.encrypted ? 'https' : 'http',
        'network.protocol.version': request.httpVersion,
        'client.address': request.remoteAddress,
        'client.port': request.remotePort,
      },
    },
    parent,
  )
  spans.set(request, span)
  return trace.setSpan(parent, span)
})

engineChannel('nova-http:request.end').subscribe((request) => {
  const span = spans.get(request)
  if (span === undefined) return
  if (request.status !== 0) span.setAttribute('http.response.status_code', request.status)
  if (request.error instanceof Error) span.recordException(request.error, request.endedAt)
  if (request.status >= 500 || !request.isComplete) span.setStatus({ code: SpanStatusCode.ERROR })
  if (request.headSentAt >= 0) span.addEvent('head sent', request.headSentAt)
  span.end(request.endedAt)
})

/** Which route a path takes is for the program to say. @type {readonly [pattern: RegExp, route: string][]} */
const ROUTES = [
  [/^\/things\/([^/]+)$/, '/things/:id'],
  [/^\/fail$/, '/fail'],
]

/** Names the span after its route: there are few routes, and many paths. @param {string} method @param {string} route */
const setRoute = (method, route) =>
  trace.getActiveSpan()?.setAttribute('http.route', route).updateName(`${method} ${route}`)

/** Spans that a handler starts are children of its request's, also behind an await. @param {string} id */
const lookUp = (id) =>
  tracer.startActiveSpan('look up', async (span) => {
    await Promise.resolve()
    const headers = /** @type {Record<string, string>} */ ({})
    // What a request to another service would carry.
    propagation.inject(context.active(), headers)
    span.end()
    return { id, headers }
  })

const engine = createEngine({ onError: () => {} }, async (req, res) => {
  const [pattern, route] = ROUTES.find(([each]) => each.test(req.path)) ?? []
  if (pattern === undefined || route === undefined) {
    res.status = 404
    return res.end('Not Found\n')
  }
  setRoute(req.method, route)
  if (route === '/fail') throw new Error('It fails.')
  const thing = await lookUp(pattern.exec(req.path)?.[1] ?? '')
  return res.setHeader('Content-Type', 'application/json').end(JSON.stringify(thing))
})
const { port } = await engine.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' })
console.log(`http://127.0.0.1:${port}/`)

process.once('SIGTERM', async () => {
  await engine.drain({ graceMs: 5_000 })
  await provider.shutdown()
})
