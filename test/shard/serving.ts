import { once } from 'node:events'
import { type Agent, get } from 'node:http'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { ShardEvents, ShardOptions, Shards } from '../../src/shard.ts'
import { appPath, loadShards } from './built.ts'

/** Shards for the running test. */
export const startShards = async (options: ShardOptions): Promise<Shards> => {
  const { createShards } = await loadShards()
  const shards = await createShards({ host: '127.0.0.1', shards: 2, ...options })
  onTestFinished(async () => {
    await shards.drain({ graceMs: 0 })
  })
  return shards
}

/** Of a module in apps/. */
export const startApp = (name: string, options: Partial<ShardOptions> = {}): Promise<Shards> =>
  startShards({ app: appPath(name), ...options })

/** One request, on a connection of its own unless an agent is given. Rejects with Node's error. */
export const ask = async ({ address }: Shards, path = '/', agent: Agent | false = false): Promise<string> => {
  const request = get({ port: address.port, host: '127.0.0.1', path, agent })
  const [response] = await once(request, 'response')
  return text(response)
}

export const nextEvent = async <K extends keyof ShardEvents>(
  shards: Shards,
  name: K,
): Promise<ShardEvents[K][0]> => (await once(shards, name))[0] as ShardEvents[K][0]
