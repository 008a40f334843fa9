import { pbkdf2Sync } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { ranged } from './markdown.mjs'
import { generatorCommand, here, startGenerator, startServer } from './programs.mjs'
import { spread } from './statistics.mjs'

/**
 * Requests per second of a handler that computes, with one shard and with two, in interleaved rounds. Both have both
 * cores; the generator, in C, shares them and takes a few percent of one.
 */
const TIMES = { warmUpMs: 1_000, measureMs: 3_000 }
const SCENARIO = {
  title: 'a handler that computes',
  request: 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
  body: pbkdf2Sync('password', 'salt', 2_000, 32, 'sha256').toString('hex'),
  connections: 32,
  depth: 1,
}

/** @param {number} shards Requests per second of wall time, and of the server's CPU time. */
const measure = async (shards) => {
  const { server, port } = await startServer(
    [process.execPath, here('servers/shards.mjs'), String(shards)],
    null,
  )
  const generator = await startGenerator(generatorCommand(), port, SCENARIO, TIMES, null)
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

/** @param {number} rounds */
export const measureShards = async (rounds) => {
  const all = []
  for (let round = 0; round < rounds; round++) {
    const one = await measure(1)
    const two = await measure(2)
    all.push({ one, two })
  }
  return {
    one: spread(all.map(({ one }) => one.rate)),
    two: spread(all.map(({ two }) => two.rate)),
    ratio: spread(all.map(({ one, two }) => two.rate / one.rate)),
    work: spread(all.map(({ one, two }) => two.perCpuSecond / one.perCpuSecond)),
  }
}

if (process.argv[1] === here('shards.mjs')) {
  const rounds = Number(process.argv[2] ?? 5)
  const { one, two, ratio, work } = await measureShards(rounds)
  console.log(`${availableParallelism()} cores, Node ${process.versions.node}, ${rounds} rounds, median (min..max)
one shard   ${ranged(one, 0)} requests/s
two shards  ${ranged(two, 0)} requests/s
ratio       ${ranged(ratio, 2)} of requests/s
            ${ranged(work, 2)} of requests per second of CPU time: what a second thread costs each`)
}
