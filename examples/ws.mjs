// WebSockets by `ws` beside plain requests: PORT=3000 node examples/ws.mjs
import process from 'node:process'
import { createServer } from 'nova-http/node'
import { WebSocketServer } from 'ws'

const server = createServer((_req, res) =>
  res.setHeader('Content-Type', 'application/json').end('{"hello":"ws"}'),
)
const sockets = new WebSocketServer({ server, path: '/echo' })
sockets.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
})

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(`http://127.0.0.1:${port}`)
})
