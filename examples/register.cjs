// An application that knows nothing of the engine: PORT=3000 node --import nova-http/register examples/register.cjs
const http = require('node:http')

const server = http.createServer((_req, res) => {
  res.setHeader('Content-Type', 'application/json').end('{"hello":"register"}')
})
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
