import { listening } from './listening.mjs'

/** @type {{ serve(options: object): { port: number } }} */
const bun = Reflect.get(globalThis, 'Bun')
listening(bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('Hello, World!') }).port)
