/**
 * A server whose truth is known: answers each request at the moment a model says, to the turn of the event loop.
 * node server.mjs steady MS | stall PERIOD_MS STALL_MS | bucket PER_SECOND | mm1 PER_SECOND | md1 PER_SECOND
 *
 * A line on stdin is answered by a line of JSON: what the model wanted, and what became of it, since the line before.
 * Service times begin anew with it.
 */
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'

const [model = '', first = 0, second = 0] = process.argv
  .slice(2, 5)
  .map((text, i) => (i === 0 ? text : Number(text)))

let freeMs = 0
let seed = 1

/** Park and Miller's minimal standard: every run has the same service times. From above 0 to below 1. */
const random = () => {
  seed = (seed * 48_271) % 2_147_483_647
  return seed / 2_147_483_647
}

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
  mm1: (now, perSecond) => queued(now, (-Math.log(random()) * 1000) / perSecond),
  md1: (now, perSecond) => queued(now, 1000 / perSecond),
}

const answerAt = MODELS[String(model)]
if (answerAt === undefined) throw new Error(`No model ${model}`)

/** In order of time: in every model what comes later is answered later. @type {{ atMs: number, arrivedMs: number, response: import('node:http').ServerResponse }[]} */
let waiting = []
let isTurning = false
/** Ms from a request's arrival until the model's time, and until it was answered. @type {{ wanted: number[], real: number[] }} */
let times = { wanted: [], real: [] }

const turn = () => {
  const now = performance.now()
  let i = 0
  for (let next = waiting[i]; next !== undefined && next.atMs <= now; next = waiting[i]) {
    next.response.end('ok')
    times.wanted.push(next.atMs - next.arrivedMs)
    times.real.push(performance.now() - next.arrivedMs)
    i++
  }
  if (i > 0) waiting = waiting.slice(i)
  isTurning = waiting.length > 0
  // Never asleep before an answer is due: a virtual machine may wake milliseconds late.
  if (isTurning) setImmediate(turn)
}

const server = createServer((_, response) => {
  const arrivedMs = performance.now()
  waiting.push({ atMs: answerAt(arrivedMs, Number(first), Number(second)), arrivedMs, response })
  if (!isTurning) {
    isTurning = true
    turn()
  }
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  console.log(/** @type {import('node:net').AddressInfo} */ (server.address()).port)
})

/** @param {number[]} all @param {number} share */
const quantile = (all, share) => [...all].sort((a, b) => a - b)[Math.ceil(share * all.length) - 1] ?? 0
/** @param {number[]} all */
const quantiles = (all) => ({ p50Ms: quantile(all, 0.5), p99Ms: quantile(all, 0.99) })

createInterface({ input: process.stdin })
  .on('line', () => {
    const late = times.real.map((ms, i) => ms - Number(times.wanted[i]))
    console.log(
      JSON.stringify({ wanted: quantiles(times.wanted), real: quantiles(times.real), late: quantiles(late) }),
    )
    times = { wanted: [], real: [] }
    seed = 1
  })
  .on('close', () => process.exit())
