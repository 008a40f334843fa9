import process from 'node:process'
import { threadId } from 'node:worker_threads'

/** Says which thread answers, and fails in every way on request. */
const ways = new Map(
  Object.entries({
    '/throw-later': () => setTimeout(() => Promise.reject(new Error('thrown later'))),
    '/exit': () => process.exit(7),
    '/block': () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500),
  }),
)

/** @type {import('../../../src/index.ts').Handler} */
export const handler = (req, res) => {
  const way = ways.get(req.path)
  const hangs = way !== undefined && req.path !== '/block'
  way?.()
  if (!hangs) res.end(String(threadId))
}
