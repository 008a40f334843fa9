import { report } from './report.mjs'
import { ANSWERS } from './web-answers.mjs'

const ORIGIN_START = 'http://127.0.0.1'.length

/** @param {Request} request */
const serve = (request) => {
  const path = request.url.slice(request.url.indexOf('/', ORIGIN_START))
  return ANSWERS[path]?.(request) ?? new Response(null, { status: 404 })
}

/** @type {{ serve(options: object, handler: typeof serve): { addr: { port: number } } }} */
const deno = Reflect.get(globalThis, 'Deno')
report(deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, serve).addr.port)
