import { Engine } from '../../src/engine/server/engine.ts'
import { publishHandshakeFailure } from '../../src/engine/stats/channels.ts'
import type { EngineEvents } from '../../src/engine/stats/events.ts'
import { ManualClock } from '../../src/engine/time/manual-clock.ts'
import { get } from '../support/answers.ts'
import { settle } from '../support/memory-server.ts'
import { StreamPeer } from '../support/stream-peer.ts'

const ALL: Readonly<Record<keyof EngineEvents, true>> = {
  'nova-http:connection.open': true,
  'nova-http:connection.close': true,
  'nova-http:request.start': true,
  'nova-http:request.end': true,
  'nova-http:request.refused': true,
  'nova-http:timeout': true,
  'nova-http:handshake.failed': true,
  'nova-http:handler.error': true,
  'nova-http:drain.start': true,
  'nova-http:drain.end': true,
}
/** In the order of the documentation. */
export const CHANNELS = Object.keys(ALL) as (keyof EngineEvents)[]

/** Everything that anybody may want to know of. */
export const causeEverything = async (): Promise<void> => {
  const clock = new ManualClock()
  const options = { onError: () => {}, idleTimeoutMs: 1_000 }
  const engine = new Engine(
    options,
    (req, res) => {
      if (req.target === '/throw') throw new Error('planned')
      res.end('x')
    },
    clock,
  )
  new StreamPeer(engine).send(get('/') + get('/throw'))
  new StreamPeer(engine).send('nonsense\r\n\r\n')
  await settle()
  clock.advance(3_000)
  publishHandshakeFailure(new Error('planned'), '')
  await engine.drain({ graceMs: 0 })
}
