import { setTimeout } from 'node:timers/promises'
import { startGenerator, startServer } from './programs.mjs'

/**
 * @typedef {object} Run
 * @property {string} scenario
 * @property {string} server
 * @property {number} round
 * @property {number} requests
 * @property {number} cpuUs Server CPU per request, all its threads, user and kernel.
 * @property {number} rps
 * @property {number} p50Us
 * @property {number} p99Us
 * @property {number} p999Us
 * @property {number} busy Share of the window the server's CPU time fills.
 * @property {number} generatorBusy
 * @property {number} peakRssBytes
 */

/**
 * One server in a fresh process under one scenario. CPU is read at two moments when nothing is in flight, so
 * that it and the count of requests speak of the same work.
 *
 * @param {readonly string[]} serverCommand
 * @param {readonly string[]} generatorCommand
 * @param {import('./scenarios.mjs').Scenario} scenario
 * @param {{ warmUpMs: number, measureMs: number }} times
 * @returns {Promise<Omit<Run, 'scenario' | 'server' | 'round'>>}
 */
export const measureLoad = async (serverCommand, generatorCommand, scenario, times) => {
  const { server, port } = await startServer(serverCommand)
  const generator = await startGenerator(generatorCommand, port, scenario, times)
  const before = await server.ask('usage')
  const load = await generator.ask('go')
  const after = await server.ask('usage')
  await generator.stop()
  await server.stop()
  if (load.wrong > 0) throw new Error(`${load.wrong} answers had a wrong body`)
  const cpuUs = after.cpuUs - before.cpuUs
  return {
    requests: load.requests,
    cpuUs: cpuUs / load.requests,
    rps: (load.requests / load.elapsedMs) * 1000,
    p50Us: load.p50Us,
    p99Us: load.p99Us,
    p999Us: load.p999Us,
    busy: cpuUs / 1000 / load.elapsedMs,
    generatorBusy: load.cpuUs / 1000 / load.elapsedMs,
    peakRssBytes: after.peakRssBytes,
  }
}

/** Enough that the heap has grown to its working size and the code is compiled before the first reading. */
const IDLE_WARM_UP_MS = 1_000
const SETTLE_PAUSE_MS = 250
/** Five seconds: V8 gives back what its young generation has grown by only after a while. */
const SETTLED_READINGS = 20
const SETTLE_READINGS = 120
/** 26 bytes for each of 10,000 connections. */
const SETTLED_WITHIN_BYTES = 256 * 1024

/**
 * Resident bytes once they stand still. The optimizing compiler works in the background and gives
 * tens of megabytes back when it is done; a reading before that would count them.
 *
 * @param {import('./processes.mjs').LineProcess} server
 */
const settledRss = async (server) => {
  /** @type {number[]} */
  let last = []
  for (let i = 0; i < SETTLE_READINGS; i++) {
    const { rssBytes } = await server.ask('gc')
    last = [...last.slice(1 - SETTLED_READINGS), rssBytes]
    const isStill = Math.max(...last) - Math.min(...last) <= SETTLED_WITHIN_BYTES
    if (isStill && last.length === SETTLED_READINGS) return rssBytes
    await setTimeout(SETTLE_PAUSE_MS)
  }
  throw new Error(`The resident size of ${server.name} does not settle: ${last.join(', ')}`)
}

/**
 * Resident bytes per keep-alive connection that has had its answer and now waits. Kernel buffers are not in it.
 *
 * @param {readonly string[]} serverCommand
 * @param {readonly string[]} generatorCommand
 * @param {import('./scenarios.mjs').Scenario} scenario
 * @param {number} connections
 */
export const measureIdle = async (serverCommand, generatorCommand, scenario, connections) => {
  const { server, port } = await startServer(serverCommand)
  const warm = { warmUpMs: IDLE_WARM_UP_MS, measureMs: 0 }
  const warmUp = await startGenerator(generatorCommand, port, scenario, warm)
  await warmUp.stop()
  const before = await settledRss(server)
  const held = { warmUpMs: 0, measureMs: 0 }
  const generator = await startGenerator(generatorCommand, port, { ...scenario, connections }, held)
  const after = await settledRss(server)
  await generator.stop()
  await server.stop()
  return (after - before) / connections
}
