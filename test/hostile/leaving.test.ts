import { describe, test } from 'vitest'
import { startHostileServer } from './hostile-server.ts'
import { halfCloseIn, resetIn } from './leaving.ts'
import { STATES } from './states.ts'

const CLIENTS = 2

describe.each(['auto', 'stream'] as const)('on read path %s', (transport) => {
  test('clients that reset their connections, in whatever state, leave nothing behind', async () => {
    const server = await startHostileServer({ transport, lingerTimeoutMs: 60_000 })
    for (const state of STATES) await resetIn(server, state, CLIENTS)
  })

  test('clients that half-close, in whatever state, are told what they may know (RFC 9112, 9.6)', async () => {
    const server = await startHostileServer({ transport, lingerTimeoutMs: 60_000 })
    for (const state of STATES) await halfCloseIn(server, state, CLIENTS)
  })
})
