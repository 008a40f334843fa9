import { createServer } from 'node:http'
import { report } from './report.mjs'

/** @param {import('node:http').ServerResponse} res @param {string | Buffer} body */
const answer = (res, body) => {
  res.setHeader('Content-Type', 'text/plain')
  res.end(body)
}

/** @param {import('node:http').ServerResponse} res */
const answerLater = async (res) => {
  await Promise.resolve()
  answer(res, 'Hello, World!')
}

/** @param {import('node:http').IncomingMessage} req @param {import('node:http').ServerResponse} res */
const echo = (req, res) => {
  /** @type {Buffer[]} */
  const chunks = []
  req.on('data', (chunk) => chunks.push(chunk))
  req.on('end', () => answer(res, Buffer.concat(chunks)))
}

const server = createServer({ keepAliveTimeout: 120_000 }, (req, res) => {
  if (req.url === '/') answer(res, 'Hello, World!')
  else if (req.url === '/await') answerLater(res)
  else echo(req, res)
})
server.listen(0, '127.0.0.1', () =>
  report(/** @type {import('node:net').AddressInfo} */ (server.address()).port),
)
