/** What node:http and its drop-in serve: the same function. */

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

/** @param {import('node:http').IncomingMessage} req @param {import('node:http').ServerResponse} res */
export const listener = (req, res) => {
  if (req.url === '/') answer(res, 'Hello, World!')
  else if (req.url === '/await') answerLater(res)
  else echo(req, res)
}
