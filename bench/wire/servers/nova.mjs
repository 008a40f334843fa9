import { HELLO, LARGE } from './bodies.mjs'
import { report } from './report.mjs'

/** `node nova.mjs [FILE [OPTIONS]]`: another build of the package, and options of its engine as JSON. */
const [build = '../../../dist/index.js', options = '{}'] = process.argv.slice(2)

/** @type {typeof import('../../../dist/index.js')} */
const { createEngine } = await import(build)

/** @typedef {Parameters<Parameters<typeof createEngine>[1]>} Exchange */

/** @param {Exchange[1]} res @param {string | Uint8Array} body */
const answer = (res, body, type = 'text/plain') => {
  res.setHeader('Content-Type', type)
  res.end(body)
}

/** @param {Exchange[1]} res */
const answerLater = async (res) => {
  await Promise.resolve()
  answer(res, HELLO)
}

/** @param {Exchange[0]} req @param {Exchange[1]} res */
const echo = async (req, res) => answer(res, await req.bytes())

/** @param {Exchange[0]} req @param {Exchange[1]} res */
const count = async (req, res) => {
  let bytes = 0
  for await (const chunk of req.body) bytes += chunk.length
  answer(res, String(bytes))
}

const defaults = { idleTimeoutMs: 120_000, maxRequestsPerConnection: 0 }
const engine = createEngine({ ...defaults, ...JSON.parse(options) }, (req, res) => {
  if (req.path === '/') return answer(res, HELLO)
  if (req.path === '/await') return answerLater(res)
  if (req.path === '/json') return answer(res, JSON.stringify({ message: HELLO }), 'application/json')
  if (req.path === '/large') return answer(res, LARGE, 'application/octet-stream')
  if (req.path === '/upload') return count(req, res)
  return echo(req, res)
})
const { port } = await engine.listen({ port: 0, host: '127.0.0.1' })
report(port)
