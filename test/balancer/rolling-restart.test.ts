import { expect, test } from 'vitest'
import { hasHAProxy } from './haproxy.ts'
import { rollingRestart } from './rolling-restart.ts'

const TIMEOUT_MS = 60_000

// At full size, with the clocks of the page, and nothing tried again: npm run test:operations.
test.skipIf(!hasHAProxy)(
  'two servers behind HAProxy restart one after the other without losing a request',
  async () => {
    const { clients, handled, restarts } = await rollingRestart({
      requests: 2_000,
      pausing: 1,
      config: {
        'inter 1s fastinter 500ms': 'inter 300ms fastinter 100ms',
        // A busy machine answers late.
        'timeout connect 2s': 'timeout connect 10s\n    timeout check 10s',
      },
      args: ['--unready', '800ms', '--idle-grace', '500ms'],
    })
    expect(restarts).toBeGreaterThanOrEqual(2)
    expect(clients).toMatchObject({ errors: {}, wrong: [] })
    expect(clients.statuses).toEqual({ 200: clients.sent.length })
    // Nothing was handled twice, so no retry hides a loss.
    expect(handled.sort()).toEqual(clients.sent.sort())
  },
  TIMEOUT_MS,
)
