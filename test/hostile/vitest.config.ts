import { defineConfig } from 'vitest/config'

/** `npm run test:hostile`: every attack at full size, with figures and verdicts. */
// biome-ignore lint/style/noDefaultExport: vitest asks for it
export default defineConfig({
  test: {
    include: ['test/hostile/full-size.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    reporters: ['verbose'],
    disableConsoleIntercept: true,
  },
})
