/** What node:http and its drop-in serve: the same function. */
import { HELLO, LARGE } from './bodies.mjs'

/** @param {import('node:http').ServerResponse} res @param {string | Buffer} body */
const answer = (res, body, type = 'text/plain') => {
  res.setHeader('Content-Type', type)
  res.end(body)
}

/** @param {import('node:http').ServerResponse} res */
const answerLater = async (res) => {
  await Promise.resolve()
  answer(res, HELLO)
}

/** @param {import('node:http').IncomingMessage} req @param {import('node:http').ServerResponse} res */
const echo = (req, res) => {
  /** @type {Buffer[]} */
  const chunks = []
  req.on('data', (chunk) => chunks.push(chunk))
  req.on('end', () => answer(res, Buffer.concat(chunks)))
}

/** @param {import('node:http').IncomingMessage} req @param {import('node:http').ServerResponse} res */
const count = (req, res) => {
  let bytes = 0
  req.on('data', (chunk) => {
    bytes += chunk.length
  })
  req.on('end', () => answer(res, String(bytes)))
}

/** @param {import('node:http').IncomingMessage} req @param {import('node:http').ServerResponse} res */
export const listener = (req, res) => {
  if (req.url === '/') answer(res, HELLO)
  else if (req.url === '/await') answerLater(res)
  else if (req.url === '/json') answer(res, JSON.stringify({ message: HELLO }), 'application/json')
  else if (req.url === '/large') answer(res, LARGE, 'application/octet-stream')
  else if (req.url === '/upload') count(req, res)
  else echo(req, res)
}
