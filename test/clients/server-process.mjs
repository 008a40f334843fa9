// A server in a process of its own, asked over IPC. Its memory, descriptors and pools can be told from the client's.
import { readdirSync } from 'node:fs'
import process from 'node:process'
import { createEngine } from 'nova-http'

const CHUNK_BYTES = 65_536

/** @type {(() => void)[]} */
let gathered = []

/**
 * Waits until `count` requests wait here, then lets all go, the last first.
 *
 * @param {number} count
 */
const gather = (count) =>
  /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      gathered.push(resolve)
      if (gathered.length < count) return
      const all = gathered
      gathered = []
      for (const go of all.reverse()) go()
    })
  )

/** @type {Record<string, import('nova-http').Handler>} */
const routes = {
  '/': (_req, res) => res.end('Hello, World!'),
  '/later': async (req, res) => {
    const turns = Number(req.query.get('turns'))
    for (let i = 0; i < turns; i++) await new Promise(setImmediate)
    res.end(`${req.target} ${req.headers.get('x-identity')}`)
  },
  '/gather': async (req, res) => {
    await gather(Number(req.query.get('count')))
    res.end(`${req.target} ${req.headers.get('x-identity')}`)
  },
  '/echo': async (req, res) => res.end(await req.bytes()),
  '/stream': async (req, res) => {
    const chunks = Number(req.query.get('chunks'))
    for (let i = 0; i < chunks; i++) {
      // A chunk of its own each time: what is not taken by the client would pile up.
      if (!res.write(Buffer.alloc(CHUNK_BYTES, String(i % 10)))) await res.drained()
    }
    res.end()
  },
}

const engine = createEngine(
  { maxRequestsPerConnection: 0, idleTimeoutMs: 0, writeTimeoutMs: 0, onError: () => {} },
  (req, res) => routes[req.path]?.(req, res),
)

/** Everything that should return to where it was. Collects garbage first. */
const measure = () => {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return {
    stats: engine.stats(),
    heapBytes: heapUsed,
    externalBytes: external + arrayBuffers,
    descriptors: readdirSync('/proc/self/fd').length,
  }
}

process.on('message', () => process.send?.(measure()))
process.on('disconnect', () => process.exit())
process.send?.(await engine.listen({ host: '127.0.0.1' }))
