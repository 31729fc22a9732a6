import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real processes, files and models: slow machines need room, and a hang still ends.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
