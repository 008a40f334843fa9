import { expect, test } from 'vitest'
import { hasHAProxy } from '../balancer/haproxy.ts'
import { rollingRestart } from '../balancer/rolling-restart.ts'

const REQUESTS = 100_000
const TIMEOUT_MS = 600_000

test.skipIf(!hasHAProxy)(
  `no request of ${REQUESTS} through HAProxy fails while both servers restart, one after the other, again and again`,
  async () => {
    const { clients, handled, restarts, servers, failed, drains } = await rollingRestart({
      requests: REQUESTS,
      pausing: 4,
    })
    const { sent, statuses, errors, wrong } = clients
    console.log({
      requests: sent.length,
      statuses,
      errors,
      wrong: wrong.length,
      handled: handled.length,
      restarts,
    })
    for (const { svname, stot, connect, reuse, wretr, wredis, econ, eresp } of servers) {
      console.log({ svname, stot, connect, reuse, wretr, wredis, econ, eresp })
    }
    console.log(drains.join('\n'))
    expect(sent.length).toBeGreaterThanOrEqual(REQUESTS)
    expect({ errors, wrong }).toEqual({ errors: {}, wrong: [] })
    expect(statuses).toEqual({ 200: sent.length })
    expect(handled.sort()).toEqual(sent.sort())
    expect(failed).toEqual([])
    for (const server of servers)
      expect(server).toMatchObject({ wretr: '0', wredis: '0', econ: '0', eresp: '0' })
  },
  TIMEOUT_MS,
)
