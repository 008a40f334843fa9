// An access log through pino's destination: PORT=3000 LOG=access.ndjson node examples/access-log.mjs
import process from 'node:process'
import { createEngine, startAccessLog } from 'nova-http'
import pino from 'pino'

const destination = pino.destination({ dest: process.env.LOG ?? 'access.ndjson', sync: false })
destination.on('error', (error) => console.error(`The access log cannot be written: ${error.message}`))
const log = startAccessLog(destination)

const engine = createEngine({}, (req, res) => {
  if (req.path !== '/') res.status = 404
  res.setHeader('Content-Type', 'text/plain').end(req.path === '/' ? 'Hello, World!' : 'Not Found\n')
})
const { port } = await engine.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' })
console.log(`http://127.0.0.1:${port}/`)

process.once('SIGTERM', async () => {
  await engine.drain({ graceMs: 5_000 })
  log.stop()
  destination.end()
  if (log.dropped > 0) console.error(`${log.dropped} lines of the access log were lost.`)
})
