import { createEngine } from '../../../dist/index.js'
import { exitAfterFirstAnswer } from './first-answer.mjs'

const engine = createEngine({}, (_req, res) => res.end('Hello, World!'))
const { port } = await engine.listen({ port: 0, host: '127.0.0.1' })
exitAfterFirstAnswer(port)
