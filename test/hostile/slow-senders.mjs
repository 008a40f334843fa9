// Slowloris in a process of its own: holds connections open by sending a byte now and then. Told over IPC to `come`
// (answers when all stand) and to `leave` (resets them all, and answers what happened to them).
import { connect } from 'node:net'
import process from 'node:process'

/** Each connection sends one byte in this time, ms. */
const BYTE_EVERY_MS = 4_000
/** Attackers are many machines, which do not act in step: what they do together is spread as finely as timers allow. */
const TICK_MS = 2
/** New connections per ms at most, so that they are cut off, and come again, all the time. */
const CONNECTS_PER_MS = 1
/** Addresses the attackers come from, so that ports do not run out. */
const SOURCES = 16

const port = Number(process.argv[2])
const wanted = Number(process.argv[3])

/** How each begins, and what it then sends byte by byte for ever. One of each kind in turn. */
const KINDS = [
  { begin: 'GET /', trickle: 'a' },
  { begin: 'GET / HTTP/1.1\r\nHost: localhost\r\n', trickle: 'X-Field: slow\r\n' },
  { begin: 'POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n', trickle: 'a' },
  {
    begin: 'POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
    trickle: '1\r\na\r\n',
  },
]

/** @typedef {{ socket: import('node:net').Socket, trickle: string, sent: number, isConnected: boolean }} Attacker */

/** @type {(Attacker | null)[]} */
let attackers = []
let counts = { opened: 0, closedByServer: 0, failed: 0, status: /** @type {Record<string, number>} */ ({}) }
let isAttacking = false
let opened = 0

/** @param {number} slot */
const open = (slot) => {
  const kind = KINDS[slot % KINDS.length] ?? KINDS[0]
  const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${2 + (opened++ % SOURCES)}` })
  const attacker = { socket, trickle: kind.trickle, sent: 0, isConnected: false }
  attackers[slot] = attacker
  counts.opened++
  socket.setNoDelay(true)
  socket.on('connect', () => {
    attacker.isConnected = true
    socket.write(kind.begin)
  })
  socket.on('data', (chunk) => {
    const status = chunk.toString('latin1', 9, 12)
    counts.status[status] = (counts.status[status] ?? 0) + 1
  })
  socket.on('error', () => {
    if (isAttacking && !attacker.isConnected) counts.failed++
  })
  socket.on('close', () => {
    if (!isAttacking || attackers[slot] !== attacker) return
    if (attacker.isConnected) counts.closedByServer++
    attackers[slot] = null
  })
}

let cursor = 0
/** What is due by now, as far as time has gone on: a tick that comes late has more to do. */
let bytesDue = 0
let connectsDue = 0
let ticked = 0
const tick = () => {
  const now = performance.now()
  const elapsedMs = now - ticked
  ticked = now
  connectsDue = Math.min(wanted, connectsDue + elapsedMs * CONNECTS_PER_MS)
  for (let slot = 0; slot < wanted && connectsDue >= 1; slot++) {
    if (attackers[slot] != null) continue
    open(slot)
    connectsDue--
  }
  // Nobody was missing: what was not needed is not made up for.
  connectsDue = Math.min(1, connectsDue)
  for (bytesDue += (wanted * elapsedMs) / BYTE_EVERY_MS; bytesDue >= 1; bytesDue--) {
    const attacker = attackers[cursor++ % wanted]
    if (attacker == null || !attacker.isConnected) continue
    attacker.socket.write(attacker.trickle[attacker.sent++ % attacker.trickle.length] ?? '')
  }
}

/** @type {NodeJS.Timeout | undefined} */
let ticker
const come = () => {
  counts = { opened: 0, closedByServer: 0, failed: 0, status: {} }
  isAttacking = true
  ticked = performance.now()
  ticker = setInterval(tick, TICK_MS)
  const look = setInterval(() => {
    const standing = attackers.filter((attacker) => attacker?.isConnected).length
    // Those that the server cuts off meanwhile are missing for a moment.
    if (standing < wanted * 0.95) return
    clearInterval(look)
    process.send?.({ standing })
  }, TICK_MS)
}

const leave = () => {
  isAttacking = false
  clearInterval(ticker)
  const standing = attackers.filter((attacker) => attacker?.isConnected).length
  for (const attacker of attackers) attacker?.socket.resetAndDestroy()
  attackers = []
  process.send?.({ standing, ...counts })
}

process.on('message', (command) => {
  if (command === 'come') come()
  if (command === 'leave') leave()
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
