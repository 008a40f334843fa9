// The demo application behind `npm start`: five routes, and one live line on a terminal.
import process from 'node:process'
import logUpdate from 'log-update'
import { createEngine } from 'nova-http'

const BIG = Buffer.alloc(1_048_576, 'nova-http ')
const LINE_INTERVAL_MS = 500
const SAMPLES = 4_096

/** The latest handler latencies, ms: a ring, so that the live line costs the same at any rate. */
const latencies = new Float64Array(SAMPLES)
let sampled = 0

/** @type {Record<string, (req: import('nova-http').Request, res: import('nova-http').Response) => unknown>} */
const routes = {
  'GET /': (_req, res) => res.setHeader('Content-Type', 'text/plain').end('Hello, World!'),
  'GET /json': (_req, res) =>
    res.setHeader('Content-Type', 'application/json').end(JSON.stringify({ message: 'Hello, World!' })),
  'POST /echo': async (req, res) => {
    const type = req.headers.get('content-type') ?? 'application/octet-stream'
    res.setHeader('Content-Type', type).end(await req.bytes())
  },
  'GET /big': (_req, res) => res.setHeader('Content-Type', 'application/octet-stream').end(BIG),
  'GET /stats': (_req, res) =>
    res.setHeader('Content-Type', 'application/json').end(`${JSON.stringify(engine.stats(), null, 2)}\n`),
}

const engine = createEngine({}, (req, res) => {
  const startedAt = performance.now()
  const method = req.method === 'HEAD' ? 'GET' : req.method
  const route = routes[`${method} ${req.path}`]
  if (route === undefined) {
    res.status = 404
    return res.setHeader('Content-Type', 'text/plain').end('Not Found\n')
  }
  const settlement = route(req, res)
  if (!(settlement instanceof Promise)) return record(startedAt)
  return settlement.then(() => record(startedAt))
})

/** @param {number} startedAt */
const record = (startedAt) => {
  latencies[sampled++ % SAMPLES] = performance.now() - startedAt
}

/** @param {number} fraction */
const percentile = (fraction) => {
  const sorted = latencies.slice(0, Math.min(sampled, SAMPLES)).sort()
  return sorted[Math.floor((sorted.length - 1) * fraction)] ?? 0
}

const showLive = () => {
  let requests = 0
  let at = performance.now()
  return setInterval(() => {
    const stats = engine.stats()
    const now = performance.now()
    const rate = ((stats.requests - requests) * 1_000) / (now - at)
    requests = stats.requests
    at = now
    logUpdate(
      `${stats.connections.open} connections   ${Math.round(rate).toLocaleString('en')} requests/s   ` +
        `handler p50 ${percentile(0.5).toFixed(3)} ms  p99 ${percentile(0.99).toFixed(3)} ms`,
    )
  }, LINE_INTERVAL_MS)
}

const port = Number(process.env.PORT ?? 3000)
const host = process.env.HOST ?? '127.0.0.1'
const shown = host.includes(':') ? `[${host}]` : host

/** @type {Record<string, string>} */
const LISTEN_ERRORS = {
  EADDRINUSE: `Port ${port} on ${host} is taken; set PORT to a free one.`,
  EACCES: `Port ${port} needs privileges; set PORT to one above 1023.`,
  EADDRNOTAVAIL: `This machine has no address ${host}; set HOST to one it has.`,
  ENOTFOUND: `The host name ${host} cannot be resolved; set HOST to an address of this machine.`,
  ERR_SOCKET_BAD_PORT: `PORT must be a number from 0 to 65535; got ${process.env.PORT}.`,
}

try {
  const address = await engine.listen({ port, host })
  console.log(
    `nova-http listens on http://${shown}:${address.port}/ (try /json, /echo, /big, /stats; Ctrl-C drains)`,
  )
} catch (error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
  console.error(LISTEN_ERRORS[code ?? ''] ?? message)
  process.exit(1)
}

const live = process.stdout.isTTY ? showLive() : undefined

let isStopping = false
const stop = async () => {
  if (isStopping) process.exit(1)
  isStopping = true
  const report = await engine.drain({ graceMs: 5_000 })
  clearInterval(live)
  if (live !== undefined) logUpdate.done()
  console.log(`Drained in ${report.tookMs} ms: ${report.finished} finished, ${report.aborted} aborted.`)
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)
