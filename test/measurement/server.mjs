/**
 * A server whose truth is known: answers each request at the moment a model says, to the turn of the event loop.
 * node server.mjs steady MS | stall PERIOD_MS STALL_MS | bucket PER_SECOND | mm1 PER_SECOND | md1 PER_SECOND
 */
import { createServer } from 'node:http'

const [model = '', first = 0, second = 0] = process.argv
  .slice(2, 5)
  .map((text, i) => (i === 0 ? text : Number(text)))

let freeMs = 0

/** One worker, in order. @param {number} now @param {number} serviceMs */
const queued = (now, serviceMs) => {
  freeMs = Math.max(freeMs, now) + serviceMs
  return freeMs
}

/** @type {Record<string, (now: number, a: number, b: number) => number>} */
const MODELS = {
  steady: (now, ms) => now + ms,
  stall: (now, periodMs, stallMs) => {
    const phaseMs = now % periodMs
    return phaseMs >= periodMs - stallMs ? now + periodMs - phaseMs : now
  },
  bucket: (now, perSecond) => queued(now, 1000 / perSecond),
  mm1: (now, perSecond) => queued(now, (-Math.log(1 - Math.random()) * 1000) / perSecond),
  md1: (now, perSecond) => queued(now, 1000 / perSecond),
}

const answerAt = MODELS[String(model)]
if (answerAt === undefined) throw new Error(`No model ${model}`)

/** In order of time: in every model what comes later is answered later. @type {{ atMs: number, response: import('node:http').ServerResponse }[]} */
let waiting = []
let isTurning = false

const turn = () => {
  const now = performance.now()
  let i = 0
  for (let next = waiting[i]; next !== undefined && next.atMs <= now; next = waiting[i]) {
    next.response.end('ok')
    i++
  }
  if (i > 0) waiting = waiting.slice(i)
  isTurning = waiting.length > 0
  const waitMs = (waiting[0]?.atMs ?? now) - now
  // Turning all the time would cost it the core when others want it, too.
  if (isTurning && waitMs > 3) setTimeout(turn, waitMs - 2)
  else if (isTurning) setImmediate(turn)
}

const server = createServer((_, response) => {
  waiting.push({ atMs: answerAt(performance.now(), Number(first), Number(second)), response })
  if (!isTurning) {
    isTurning = true
    turn()
  }
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  console.log(/** @type {import('node:net').AddressInfo} */ (server.address()).port)
})
process.stdin.resume().on('end', () => process.exit())
