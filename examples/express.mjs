// Express on the engine: PORT=3000 node examples/express.mjs
import process from 'node:process'
import express from 'express'
import { createServer } from 'nova-http/node'

const app = express()
app.use(express.json())
app.get('/', (_req, res) => void res.json({ hello: 'express' }))
app.post('/echo', (req, res) => void res.json(req.body))

const server = createServer(app)
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(`http://127.0.0.1:${port}`)
})
