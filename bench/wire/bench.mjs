import { checkServer } from './check.mjs'
import { measureIdle, measureLoad } from './measure.mjs'
import { USUAL_PEERS } from './peers.mjs'
import { killRunning } from './processes.mjs'
import { serverCommands, startServer } from './programs.mjs'
import { needsNativeGenerator, SCENARIOS } from './scenarios.mjs'
import { measureStartup } from './startup.mjs'
import { spread } from './statistics.mjs'

/**
 * @typedef {ReturnType<typeof import('./settings.mjs').readSettings>} Settings
 * @typedef {Map<string, import('./peers.mjs').Peer>} Peers
 * @typedef {{ peer: string, scenario: string, reason: string }} Lack
 */

const CAPACITY_ROUNDS = 3
/** An open loop has fewer requests in the same time, and p99.9 needs many. */
const OPEN_LOOP_TIMES = 2

/** @param {string} line */
export const progress = (line) => process.stderr.write(`${line}\n`)

/** @param {string} name */
const scenarioNamed = (name) => /** @type {import('./scenarios.mjs').Scenario} */ (SCENARIOS[name])

/** Another server goes first in each round. @template T @param {readonly T[]} items @param {number} by */
const rotated = (items, by) => [...items.slice(by % items.length), ...items.slice(0, by % items.length)]

/** One bench: what is measured, with what, and what could not be. */
export class Bench {
  /** @type {Lack[]} */
  lacks = []
  hasFailed = false

  /** @param {Settings} settings @param {Peers} peers @param {readonly string[]} generator */
  constructor(settings, peers, generator) {
    this.settings = settings
    this.peers = peers
    this.generator = generator
    this.isNative = generator[0] !== process.execPath
    this.times = { warmUpMs: settings.warmUpSeconds * 1000, measureMs: settings.seconds * 1000 }
    for (const [peer, { lacks = {} }] of peers)
      for (const [scenario, reason] of Object.entries(lacks)) this.lacks.push({ peer, scenario, reason })
    const beyond = Object.keys(SCENARIOS).filter((name) => needsNativeGenerator(scenarioNamed(name)))
    for (const scenario of this.isNative ? [] : beyond)
      for (const peer of peers.keys())
        this.lacks.push({ peer, scenario, reason: 'the generator in JavaScript cannot do it' })
  }

  /** @param {string} peer @param {string} scenario */
  can(peer, scenario) {
    return !this.lacks.some((lack) => lack.peer === peer && lack.scenario === scenario)
  }

  /** Those that can show a scenario. @param {string} scenario @param {number} round */
  peersFor(scenario, round) {
    const able = [...this.peers].filter(([peer]) => this.can(peer, scenario))
    return rotated(able, round)
  }

  /**
   * What fails is left out, and said; an hour of measuring is not lost to it. Our own servers must not fail.
   *
   * @param {string} peer
   * @param {string} scenario
   * @param {unknown} error
   */
  onFailure(peer, scenario, error) {
    const reason = `FAILED: ${error instanceof Error ? [error.message, error.cause].filter(Boolean).join(': ') : error}`
    progress(`${scenario} ${peer}: ${reason}`)
    killRunning()
    this.lacks.push({ peer, scenario, reason: reason.split('\n').slice(0, 3).join(' ').slice(0, 300) })
    if (USUAL_PEERS.includes(peer)) this.hasFailed = true
  }

  /** Answers first: a server that is wrong is not measured. @returns {Promise<Record<string, number>>} bytes of an answer */
  async checkAll() {
    /** @type {Record<string, number>} */
    const answerBytes = {}
    for (const [name, { command }] of this.peers) {
      const able = Object.entries(SCENARIOS).filter(([scenario]) => this.can(name, scenario))
      try {
        const { server, port } = await startServer(command)
        const { answer } = await checkServer(port, Object.fromEntries(able))
        answerBytes[name] = answer.length
        await server.stop()
        progress(`answers of ${name}: right, and in order`)
      } catch (error) {
        if (USUAL_PEERS.includes(name)) throw new Error(`${name} gives wrong answers`, { cause: error })
        for (const scenario of [...Object.keys(SCENARIOS), 'idle']) this.onFailure(name, scenario, error)
      }
    }
    return answerBytes
  }

  /** Requests per second of node:http at full load: what open loops are a share of. */
  async measureCapacity() {
    const command = /** @type {readonly string[]} */ (serverCommands()['node:http'])
    const rates = []
    for (let round = 0; round < CAPACITY_ROUNDS; round++) {
      const { rps } = await measureLoad(command, this.generator, scenarioNamed('get-64'), this.times)
      rates.push(rps)
    }
    return spread(rates).median
  }

  async measureAll() {
    const { settings, generator, times } = this
    const isOpen = settings.scenarios.some((name) => scenarioNamed(name).rateShare)
    const capacityRps = isOpen && this.isNative ? await this.measureCapacity() : undefined
    /** @type {import('./measure.mjs').Run[]} */
    let runs = []
    for (const name of settings.scenarios) {
      const { rateShare, ...rest } = scenarioNamed(name)
      const scenario =
        rateShare && capacityRps ? { ...rest, rate: Math.round(capacityRps * rateShare) } : rest
      const measureMs = times.measureMs * (rateShare ? OPEN_LOOP_TIMES : 1)
      for (let round = 0; round < settings.rounds; round++) {
        for (const [server, { command }] of this.peersFor(name, round)) {
          try {
            const run = await measureLoad(command, generator, scenario, { ...times, measureMs })
            runs.push({ scenario: name, server, round, ...run })
            progress(`${name} round ${round + 1} ${server}: ${run.cpuUs.toFixed(2)} us/request`)
          } catch (error) {
            this.onFailure(server, name, error)
            runs = runs.filter((run) => run.scenario !== name || run.server !== server)
          }
        }
      }
    }
    return { runs, capacityRps }
  }

  async measureIdleAll() {
    const { settings } = this
    /** @type {Map<string, number[]>} */
    const bytes = new Map()
    for (let round = 0; settings.withIdle && round < settings.idleRounds; round++) {
      for (const [name, { command }] of this.peersFor('idle', round)) {
        try {
          const each = await measureIdle(
            command,
            this.generator,
            scenarioNamed('get-64'),
            settings.idleConnections,
          )
          bytes.set(name, [...(bytes.get(name) ?? []), each])
          progress(`idle round ${round + 1} ${name}: ${Math.round(each)} B/connection`)
        } catch (error) {
          this.onFailure(name, 'idle', error)
          bytes.delete(name)
        }
      }
    }
    const names = [...this.peers.keys()].filter((name) => bytes.has(name))
    return Object.fromEntries(names.map((name) => [name, spread(bytes.get(name) ?? [])]))
  }

  async measureStartupAll() {
    const able = this.settings.withStartup ? this.peersFor('startup', 0) : []
    const programs = new Map(able.map(([name, { startup, command }]) => [name, startup ?? command]))
    return able.length > 0 ? measureStartup(programs, this.settings.startupRounds) : {}
  }
}
