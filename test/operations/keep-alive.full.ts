import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../package/packed.ts'
import { Program } from '../package/program.ts'
import { appPath } from '../shard/built.ts'
import { KeepAliveClients } from '../shard/keep-alive-clients.ts'

const CLIENTS = 1_000
const PAUSE_MS = 500

const startNova = async (): Promise<{ nova: Program; port: number }> => {
  const nova = new Program(join(ROOT, 'dist/cli.js'), {}, [
    ...['serve', appPath('handler.mjs'), '--shards', '2', '--port', '0', '--host', '127.0.0.1'],
    ...['--idle-grace', '2s', '--grace', '30s'],
  ])
  const port = Number(/:(\d+)\//.exec(await nova.line())?.[1])
  return { nova, port }
}

describe(`${CLIENTS} clients that keep their connections`, () => {
  test('see no failure while nova serve drains on SIGTERM', async () => {
    const { nova, port } = await startNova()
    const clients = new KeepAliveClients({ port, clients: CLIENTS, pauseMs: PAUSE_MS, reconnects: false })
    await clients.warm()
    nova.signal('SIGTERM')
    await clients.ended
    expect(clients.counts).toMatchObject({ lastAnswers: CLIENTS, endedIdle: 0, failures: [] })
    expect(await nova.line()).toMatch(/^Draining/)
    const report = await nova.line()
    console.log(report)
    expect(report).toMatch(/ 0 aborted\.$/)
    expect(await nova.exitCode).toBe(0)
    expect(nova.errors).toBe('')
  })

  test('see no failure while nova serve reloads three times on SIGHUP', async () => {
    const { nova, port } = await startNova()
    const clients = new KeepAliveClients({ port, clients: CLIENTS, pauseMs: PAUSE_MS, reconnects: true })
    await clients.warm()
    for (let i = 0; i < 3; i++) {
      nova.signal('SIGHUP')
      const report = await nova.line()
      console.log(report)
      expect(report).toMatch(/^Reloaded; .* 0 aborted\.$/)
    }
    await clients.stop()
    console.log(clients.counts)
    expect(clients.counts).toMatchObject({ endedIdle: 0, failures: [] })
    expect(clients.counts.lastAnswers).toBeGreaterThanOrEqual(3 * CLIENTS)
    nova.signal('SIGTERM')
    expect(await nova.exitCode).toBe(0)
    expect(nova.errors).toBe('')
  })
})
