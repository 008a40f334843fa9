import { expect, test } from 'vitest'
import { hasHAProxy } from './haproxy.ts'
import { rollingRestart } from './rolling-restart.ts'

// At full size, with the clocks of the page: npm run test:operations.
test.skipIf(!hasHAProxy)(
  'two servers behind HAProxy restart one after the other without losing a request',
  async () => {
    const { clients, handled, restarts, servers, failed } = await rollingRestart({
      requests: 2_000,
      config: { 'inter 1s fastinter 500ms': 'inter 100ms fastinter 50ms' },
      args: ['--unready', '500ms', '--idle-grace', '0ms'],
    })
    expect(restarts).toBeGreaterThanOrEqual(2)
    expect(clients).toMatchObject({ errors: {}, wrong: [] })
    expect(clients.statuses).toEqual({ 200: clients.sent.length })
    // Nothing was handled twice, so no retry hides a loss.
    expect(handled.sort()).toEqual(clients.sent.sort())
    expect(failed).toEqual([])
    for (const server of servers)
      expect(server).toMatchObject({ wretr: '0', wredis: '0', econ: '0', eresp: '0' })
  },
)
