/**
 * generator.c for places without a C compiler or epoll: same arguments, same lines, same checks, more CPU of its own.
 * It knows the closed loop on connections that stay, and nothing else.
 */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

const STALLED_AFTER_MS = 5_000
const LATENCY_SLOTS = 1_000_000
const CONNECT_AT_ONCE = 100

/** @param {string} why @returns {never} */
const fail = (why) => {
  console.error(`generator: ${why}`)
  process.exit(2)
}

const settings = new Map(
  process.argv.slice(2).map((each) => /** @type {[string, string]} */ (each.split('='))),
)
/** @param {string} name */
const numberOf = (name) => Number(settings.get(name) ?? 0)
/** @param {string} name */
const messageOf = (name) => readFileSync(settings.get(name) ?? '', 'latin1')

const [port, count, depth] = [numberOf('port'), numberOf('connections'), numberOf('depth')]
const [warmUpMs, measureMs] = [numberOf('warmUpMs'), numberOf('measureMs')]
const unknown = ['perConnection', 'rate', 'pauseUs'].find((name) => numberOf(name) > 0)
if (unknown) fail(`${unknown} needs the generator in C`)
const body = messageOf('body')
const batch = Buffer.from(messageOf('request').repeat(depth), 'latin1')

const latenciesUs = new Uint32Array(LATENCY_SLOTS)
let answers = 0
let wrong = 0
let inFlight = 0
let deadline = 0
let settle = () => {}

/** The head of the last good answer: the next one is nearly always the same bytes, and then needs no parsing. */
let knownHead = ''

/** @param {string} input Bytes of the head of a 200 with the expected length, 0 when incomplete. */
const headBytes = (input) => {
  if (knownHead && input.startsWith(knownHead)) return knownHead.length
  const end = input.indexOf('\r\n\r\n')
  if (end < 0) return 0
  const head = input.slice(0, end + 4)
  if (!head.startsWith('HTTP/1.1 200')) fail(`an answer is not 200:\n${head}`)
  if (Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1]) !== body.length)
    fail('not the expected Content-Length')
  knownHead = head
  return head.length
}

class Connection {
  constructor() {
    this.input = ''
    this.due = 0
    this.sentAt = 0
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.setEncoding('latin1')
    this.socket.on('data', (chunk) => this.onData(String(chunk)))
    this.socket.on('error', (error) => fail(error.message))
    this.socket.on('close', () => fail('the server closed a connection'))
  }

  send() {
    this.socket.write(batch)
    this.due = depth
    this.sentAt = performance.now()
    inFlight++
  }

  /** @param {string} chunk */
  onData(chunk) {
    this.input += chunk
    const now = performance.now()
    this.takeAnswers(Math.trunc((now - this.sentAt) * 1000))
    if (this.due > 0) return
    inFlight--
    if (now < deadline) this.send()
    else if (inFlight === 0) settle()
  }

  /** @param {number} us since the batch was sent */
  takeAnswers(us) {
    while (this.due > 0) {
      const head = headBytes(this.input)
      const bytes = head + body.length
      if (head === 0 || this.input.length < bytes) return
      if (this.input.slice(head, bytes) !== body) wrong++
      this.input = this.input.slice(bytes)
      answers++
      this.due--
      const slot = Math.min(us, LATENCY_SLOTS - 1)
      latenciesUs[slot] = (latenciesUs[slot] ?? 0) + 1
    }
    if (this.input) fail('the server sent more than it was asked for')
  }
}

/** @param {readonly Connection[]} connections @param {number} ms 0 sends once */
const run = async (connections, ms) => {
  deadline = performance.now() + ms
  for (const connection of connections) connection.send()
  if (inFlight === 0) return
  const stalled = setTimeout(() => fail('not done within the time and 5 s'), ms + STALLED_AFTER_MS)
  await new Promise((resolve) => {
    settle = () => resolve(undefined)
  })
  clearTimeout(stalled)
}

/** @param {number} share */
const percentileUs = (share) => {
  let left = share * answers
  return latenciesUs.findIndex((each) => {
    left -= each
    return left < 0
  })
}

/** @type {Connection[]} */
const connections = []
while (connections.length < count) {
  const opened = Array.from(
    { length: Math.min(CONNECT_AT_ONCE, count - connections.length) },
    () => new Connection(),
  )
  await run(opened, 0)
  connections.push(...opened)
}
if (warmUpMs > 0) await run(connections, warmUpMs)
console.log('{"ready":true}')

const measure = async () => {
  answers = 0
  wrong = 0
  latenciesUs.fill(0)
  const cpuBefore = process.cpuUsage()
  const began = performance.now()
  if (measureMs > 0) await run(connections, measureMs)
  const { user, system } = process.cpuUsage(cpuBefore)
  const elapsedMs = performance.now() - began
  const percentiles = { p50Us: percentileUs(0.5), p99Us: percentileUs(0.99), p999Us: percentileUs(0.999) }
  console.log(JSON.stringify({ requests: answers, wrong, elapsedMs, ...percentiles, cpuUs: user + system }))
}

let measured = Promise.resolve()
const lines = createInterface({ input: process.stdin })
lines.on('line', () => {
  measured = measured.then(measure)
})
lines.on('close', async () => {
  await measured
  process.exit()
})
