import { HELLO, LARGE } from './bodies.mjs'

/** @param {BodyInit} body */
const answer = (body, type = 'text/plain') => new Response(body, { headers: { 'Content-Type': type } })

/** @param {Request} request */
const count = async (request) => {
  let bytes = 0
  for await (const chunk of request.body ?? []) bytes += chunk.length
  return answer(String(bytes))
}

/**
 * What Bun and Deno serve, as handlers of Request and Response by path.
 *
 * @type {Record<string, (request: Request) => Response | Promise<Response>>}
 */
export const ANSWERS = {
  '/': () => answer(HELLO),
  '/await': async () => {
    await Promise.resolve()
    return answer(HELLO)
  },
  '/json': () => Response.json({ message: HELLO }),
  '/large': () => answer(LARGE, 'application/octet-stream'),
  '/upload': count,
  '/echo': async (request) => answer(await request.bytes()),
}
