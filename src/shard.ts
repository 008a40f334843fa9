export type { DrainOptions, DrainReport } from './engine/server/drain.ts'
export type { ShardOptions } from './shard/shard-options.ts'
export {
  createShards,
  type ShardEvents,
  type ShardState,
  type ShardStatus,
  type Shards,
  type ShardsStats,
} from './shard/shards.ts'
export type { ShardStats } from './shard/shared-stats.ts'
