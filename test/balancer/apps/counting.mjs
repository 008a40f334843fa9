import { appendFileSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'

/** The application of docs/deployment.md, and requests that are counted behind it. */
const { APP = '', HANDLED = '' } = process.env
/** @type {{ options: object, handler: import('../../../src/index.ts').Handler }} */
const app = await import(APP)

const SLOW_MS = 20

export const { options } = app

/** @type {import('../../../src/index.ts').Handler} */
export const handler = async (req, res) => {
  if (!req.path.startsWith('/count/')) return app.handler(req, res)
  const body = await req.text()
  if (req.path.endsWith('/slow')) await wait(SLOW_MS)
  appendFileSync(HANDLED, `${req.path}\n`)
  return res.end(`${req.method} ${req.path} ${body}`)
}
