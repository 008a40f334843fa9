import { onTestFinished } from 'vitest'
import { createEngine, type Engine, type Handler } from '../../src/engine/server/engine.ts'
import type { EngineOptions } from '../../src/options.ts'

export interface Served {
  engine: Engine
  port: number
  origin: string
}

/** Starts an engine on loopback for the running test, and ends it with the test. */
export const serve = async (handler: Handler, options: EngineOptions = {}): Promise<Served> => {
  const engine = createEngine(options, handler)
  onTestFinished(async () => {
    await engine.drain({ graceMs: 0 })
  })
  const { port } = await engine.listen({ host: '127.0.0.1' })
  return { engine, port, origin: `http://127.0.0.1:${port}` }
}
