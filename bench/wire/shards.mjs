import { pbkdf2Sync } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { LineProcess } from './processes.mjs'
import { generatorCommand } from './programs.mjs'
import { spread } from './statistics.mjs'

/**
 * `npm run bench:shards`: requests per second of a handler that computes, with one shard and with two, in interleaved
 * rounds. Both have both cores; the generator, in C, shares them and takes a few percent of one.
 */
const ROUNDS = Number(process.argv[2] ?? 5)
const [WARM_UP_MS, MEASURE_MS, CONNECTIONS] = [1_000, 3_000, 32]
const REQUEST = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
const BODY = pbkdf2Sync('password', 'salt', 2_000, 32, 'sha256').toString('hex')
const SERVER = fileURLToPath(new URL('servers/shards.mjs', import.meta.url))

/** @param {number} shards Requests per second of wall time, and of the server's CPU time. */
const measure = async (shards) => {
  const server = new LineProcess([process.execPath, SERVER, String(shards)], null)
  const { port } = await server.answer()
  const numbers = [port, CONNECTIONS, 1, WARM_UP_MS, MEASURE_MS].map(String)
  const generator = new LineProcess([...generatorCommand(), ...numbers, REQUEST, BODY], null)
  await generator.answer()
  const before = await server.ask('usage')
  const { requests, elapsedMs, wrong } = await generator.ask('go')
  const after = await server.ask('usage')
  await generator.stop()
  await server.stop()
  if (wrong > 0) throw new Error(`${wrong} answers had a wrong body`)
  return {
    rate: (requests / elapsedMs) * 1_000,
    perCpuSecond: (requests * 1e6) / (after.cpuUs - before.cpuUs),
  }
}

/** @param {readonly number[]} values @param {number} digits */
const text = (values, digits) => {
  const { median, min, max } = spread(values)
  return `${median.toFixed(digits)} (${min.toFixed(digits)}..${max.toFixed(digits)})`
}

/** @type {{ one: number, two: number, ratio: number, work: number }[]} */
const rounds = []
for (let round = 0; round < ROUNDS; round++) {
  const one = await measure(1)
  const two = await measure(2)
  rounds.push({
    one: one.rate,
    two: two.rate,
    ratio: two.rate / one.rate,
    work: two.perCpuSecond / one.perCpuSecond,
  })
}
console.log(`${availableParallelism()} cores, Node ${process.versions.node}, ${ROUNDS} rounds, median (min..max)
one shard   ${text(
  rounds.map(({ one }) => one),
  0,
)} requests/s
two shards  ${text(
  rounds.map(({ two }) => two),
  0,
)} requests/s
ratio       ${text(
  rounds.map(({ ratio }) => ratio),
  2,
)} of requests/s
            ${text(
              rounds.map(({ work }) => work),
              2,
            )} of requests per second of CPU time: what a second thread costs each`)
