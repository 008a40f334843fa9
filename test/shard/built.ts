/** Threads run what is built: Node 20 loads no TypeScript. */
export const loadShards = async (): Promise<typeof import('../../src/shard.ts')> =>
  (await import(new URL('../../dist/shard.js', import.meta.url).href)) as typeof import('../../src/shard.ts')

/** The path of a module in apps/. */
export const appPath = (name: string): string => new URL(`apps/${name}`, import.meta.url).pathname
