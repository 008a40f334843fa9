import { createShards } from '../../../dist/shard.js'
import { report } from './report.mjs'

const shards = await createShards({
  app: new URL('busy-app.mjs', import.meta.url),
  shards: Number(process.argv[2]),
  host: '127.0.0.1',
  engine: { maxRequestsPerConnection: 0, idleTimeoutMs: 120_000 },
})
report(shards.address.port)
