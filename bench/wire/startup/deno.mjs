import { listening } from './listening.mjs'

/** @type {{ serve(options: object, handler: () => Response): { addr: { port: number } } }} */
const deno = Reflect.get(globalThis, 'Deno')
const options = { port: 0, hostname: '127.0.0.1', onListen: () => {} }
listening(deno.serve(options, () => new Response('Hello, World!')).addr.port)
