import { createEngine } from '../../../dist/index.js'
import { listening } from './listening.mjs'

const engine = createEngine({}, (_req, res) => res.end('Hello, World!'))
const { port } = await engine.listen({ port: 0, host: '127.0.0.1' })
listening(port)
