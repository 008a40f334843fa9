import { createServer } from 'node:http'
import { exitAfterFirstAnswer } from './first-answer.mjs'

const server = createServer((_req, res) => res.end('Hello, World!'))
server.listen(0, '127.0.0.1', () => {
  exitAfterFirstAnswer(/** @type {import('node:net').AddressInfo} */ (server.address()).port)
})
