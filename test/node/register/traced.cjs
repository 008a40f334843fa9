// A server with OpenTelemetry's HTTP instrumentation, as its documentation sets it up. Every span is a line on stdout.
const { context, trace } = require('@opentelemetry/api')
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks')
const { registerInstrumentations } = require('@opentelemetry/instrumentation')
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
const { BasicTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base')

const exporter = {
  export: (spans, done) => {
    for (const span of spans) {
      const { name, kind, attributes } = span
      const status = attributes['http.status_code'] ?? attributes['http.response.status_code']
      console.log(JSON.stringify({ name, kind, status, traceId: span.spanContext().traceId }))
    }
    done({ code: 0 })
  },
  shutdown: async () => {},
}
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
trace.setGlobalTracerProvider(tracerProvider)
registerInstrumentations({ tracerProvider, instrumentations: [new HttpInstrumentation()] })

const http = require('node:http')
const server = http.createServer(async (req, res) => {
  await new Promise(setImmediate)
  const { traceId } = trace.getActiveSpan()?.spanContext() ?? {}
  res.statusCode = 202
  if (req.url === '/streamed') res.write('traced ')
  res.end(String(traceId))
})
server.listen(0, '127.0.0.1', () => {
  const onEngine = Object.getOwnPropertySymbols(server).some((symbol) => symbol.description === 'nova.dropIn')
  console.log(JSON.stringify({ port: server.address().port, onEngine }))
})
