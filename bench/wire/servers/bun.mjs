import { report } from './report.mjs'
import { ANSWERS } from './web-answers.mjs'

/** @type {{ serve(options: object): { port: number } }} */
const bun = Reflect.get(globalThis, 'Bun')
report(bun.serve({ port: 0, hostname: '127.0.0.1', idleTimeout: 120, routes: ANSWERS }).port)
