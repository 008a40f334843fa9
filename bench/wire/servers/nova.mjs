import { createEngine } from '../../../dist/index.js'
import { report } from './report.mjs'

/** @typedef {Parameters<Parameters<typeof createEngine>[1]>} Exchange */

/** @param {Exchange[1]} res @param {string | Uint8Array} body */
const answer = (res, body) => {
  res.setHeader('Content-Type', 'text/plain')
  res.end(body)
}

/** @param {Exchange[1]} res */
const answerLater = async (res) => {
  await Promise.resolve()
  answer(res, 'Hello, World!')
}

/** @param {Exchange[0]} req @param {Exchange[1]} res */
const echo = async (req, res) => answer(res, await req.bytes())

const engine = createEngine({ idleTimeoutMs: 120_000, maxRequestsPerConnection: 0 }, (req, res) => {
  if (req.path === '/') return answer(res, 'Hello, World!')
  if (req.path === '/await') return answerLater(res)
  return echo(req, res)
})
const { port } = await engine.listen({ port: 0, host: '127.0.0.1' })
report(port)
