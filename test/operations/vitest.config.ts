import { defineConfig } from 'vitest/config'

/** `npm run test:operations`: drain, reload and crashes at full size. */
// biome-ignore lint/style/noDefaultExport: vitest asks for it
export default defineConfig({
  test: {
    include: ['test/operations/*.full.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    fileParallelism: false,
    reporters: ['verbose'],
    disableConsoleIntercept: true,
  },
})
