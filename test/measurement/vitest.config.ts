import { defineConfig } from 'vitest/config'

/** On real clocks and sockets: needs a machine that does nothing else, and about two minutes. */
// biome-ignore lint/style/noDefaultExport: vitest asks for it
export default defineConfig({
  test: {
    include: ['test/measurement/*.measure.ts'],
    fileParallelism: false,
    testTimeout: 150_000,
  },
})
