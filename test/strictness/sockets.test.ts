import { describe, expect, test } from 'vitest'
import { createEngine, type Engine } from '../../src/engine/server/engine.ts'
import type { EngineOptions } from '../../src/options.ts'
import { echoHandler, replyOnSocket } from '../support/wire.ts'
import type { Accepted, Refused } from './rule.ts'
import { ACCEPTED, REFUSED } from './rules.ts'
import { cutsBefore, expectAccepted, expectRefused } from './verdict.ts'

const SOCKETS_AT_ONCE = 128

interface Job {
  readonly rule: Refused | Accepted
  readonly cut: string
  readonly pieces: string[]
}

const JOBS: readonly Job[] = [...REFUSED, ...ACCEPTED].flatMap((rule) =>
  cutsBefore(rule.send).map(([cut, pieces]) => ({ rule, cut, pieces })),
)

/** Engines of one read path, one for each set of options. */
class Engines {
  readonly #transport: 'auto' | 'stream'
  readonly #running = new Map<string, Promise<[engine: Engine, port: number]>>()

  constructor(transport: 'auto' | 'stream') {
    this.#transport = transport
  }

  async portFor(options: EngineOptions = {}): Promise<number> {
    const key = JSON.stringify(options)
    const running = this.#running.get(key) ?? this.#start(options)
    this.#running.set(key, running)
    return (await running)[1]
  }

  async #start(options: EngineOptions): Promise<[Engine, number]> {
    const engine = createEngine({ ...options, transport: this.#transport }, echoHandler)
    const { port } = await engine.listen({ host: '127.0.0.1' })
    return [engine, port as number]
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
    const reply = await replyOnSocket(await engines.portFor(rule.options), pieces)
    if ('refused' in rule) expectRefused(rule, reply, cut)
    else expectAccepted(rule, reply, cut)
  }
}

describe.each(['auto', 'stream'] as const)('on sockets, read path %s', (transport) => {
  test('every rule holds however its bytes are cut', { timeout: 120_000 }, async () => {
    const engines = new Engines(transport)
    const jobs = JOBS[Symbol.iterator]()
    await Promise.all(Array.from({ length: SOCKETS_AT_ONCE }, () => work(engines, jobs)))
    for (const engine of await engines.drain()) {
      expect(engine.stats()).toMatchObject({ exchanges: { live: 0 }, connections: { open: 0 } })
    }
  })
})
