import { describe, expect, test } from 'vitest'
import { createEngine, type Engine } from '../../src/engine/server/engine.ts'
import type { EngineOptions } from '../../src/options.ts'
import type { Accepted, Refused } from '../strictness/rule.ts'
import { ACCEPTED, REFUSED } from '../strictness/rules.ts'
import { cutsBefore, expectAccepted, expectRefused } from '../strictness/verdict.ts'
import { echoHandler } from '../support/wire.ts'
import { canMakeCertificates, certificate } from './certificates.ts'
import { replyOverTls } from './tls-client.ts'

const CONNECTIONS_AT_ONCE = 64

interface Job {
  readonly rule: Refused | Accepted
  readonly cut: string
  readonly pieces: string[]
}

/** Whole and once cut: records arrive as reads do, and every other cut is tried without TLS. */
const JOBS: readonly Job[] = [...REFUSED, ...ACCEPTED].flatMap((rule) => {
  const cuts = cutsBefore(rule.send)
  return [cuts[0], cuts[cuts.length >> 1]].flatMap((cut) =>
    cut === undefined ? [] : [{ rule, cut: cut[0], pieces: cut[1] }],
  )
})

class Engines {
  readonly #running = new Map<string, Promise<[engine: Engine, port: number]>>()

  async portFor(options: EngineOptions = {}): Promise<number> {
    const key = JSON.stringify(options)
    const running = this.#running.get(key) ?? this.#start(options)
    this.#running.set(key, running)
    return (await running)[1]
  }

  async #start(options: EngineOptions): Promise<[Engine, number]> {
    const engine = createEngine({ ...options, tls: certificate('localhost') }, echoHandler)
    const { port } = await engine.listen({ host: '127.0.0.1' })
    return [engine, port]
  }

  async drain(): Promise<Engine[]> {
    const engines = (await Promise.all(this.#running.values())).map(([engine]) => engine)
    await Promise.all(engines.map((engine) => engine.drain({ graceMs: 1_000 })))
    return engines
  }
}

const work = async (engines: Engines, jobs: Iterator<Job>): Promise<void> => {
  for (let next = jobs.next(); next.done !== true; next = jobs.next()) {
    const { rule, cut, pieces } = next.value
    const reply = await replyOverTls(await engines.portFor(rule.options), pieces)
    if ('refused' in rule) expectRefused(rule, reply, cut)
    else expectAccepted(rule, reply, cut)
  }
}

describe.skipIf(!canMakeCertificates)('over TLS', () => {
  test('every rule of the protocol holds', { timeout: 60_000 }, async () => {
    const engines = new Engines()
    const jobs = JOBS[Symbol.iterator]()
    await Promise.all(Array.from({ length: CONNECTIONS_AT_ONCE }, () => work(engines, jobs)))
    for (const engine of await engines.drain()) {
      expect(engine.stats()).toMatchObject({ exchanges: { live: 0 }, connections: { open: 0, arriving: 0 } })
    }
  })
})
