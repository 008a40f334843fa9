// The server that is attacked, in a process of its own: options as JSON in its first argument, asked over IPC.
import { readdirSync } from 'node:fs'
import process from 'node:process'
import { createEngine } from 'nova-http'

const CHUNK_BYTES = 65_536
const BIG = 'b'.repeat(65_536)

/** @type {(() => void)[]} */
let held = []

/** @param {number} chunks */
async function* pour(chunks) {
  for (let i = 0; i < chunks; i++) yield Buffer.alloc(CHUNK_BYTES, String(i % 10))
}

/** @type {Record<string, import('nova-http').Handler>} */
const routes = {
  '/': (_req, res) => res.end('Hello, World!'),
  '/echo': async (req, res) => res.end(await req.bytes()),
  '/big': (_req, res) => res.end(BIG),
  // Answers when told to.
  '/hold': async (req, res) => {
    await /** @type {Promise<void>} */ (new Promise((resolve) => held.push(resolve)))
    res.end(req.target)
  },
  // Takes 1 to 7 ms: neighbours overtake each other.
  '/slow': async (req, res) => {
    const id = Number(req.query.get('id'))
    await new Promise((resolve) => setTimeout(resolve, 1 + ((id * 5) % 7)))
    res.end(req.target)
  },
  '/write': async (req, res) => {
    for await (const chunk of pour(Number(req.query.get('chunks')))) {
      if (!res.write(chunk)) await res.drained()
    }
    res.end()
  },
  '/pour': (req, res) => res.stream(pour(Number(req.query.get('chunks')))),
}

const engine = createEngine(
  {
    onError: () => {},
    onUpgrade: (_req, stream) => {
      stream.on('error', () => {})
      stream.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n')
      stream.pipe(stream)
    },
    ...JSON.parse(process.argv[2] ?? '{}'),
  },
  (req, res) => routes[req.path]?.(req, res),
)

const collectGarbage = () => {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
}

const measure = () => {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return {
    stats: engine.stats(),
    heapBytes: heapUsed,
    externalBytes: external + arrayBuffers,
    descriptors: readdirSync('/proc/self/fd').length,
  }
}

/** @type {Record<string, () => void>} */
const commands = {
  look: () => {},
  measure: collectGarbage,
  release: () => {
    const all = held
    held = []
    for (const go of all) go()
  },
}

process.on('message', (command) => {
  commands[String(command)]?.()
  process.send?.(measure())
})
process.on('disconnect', () => process.exit())
process.send?.(await engine.listen({ host: '127.0.0.1', backlog: 4_096 }))
