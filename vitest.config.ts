import { defineConfig } from 'vitest/config'

// Real processes, files and models: slow machines need room, and a hang still ends.
const room = { testTimeout: 60_000, hookTimeout: 60_000 }
const stories = ['test/stories/**/*.test.ts', 'test/readme.test.ts']

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: stories, ...room } },
      { test: { name: 'stories', include: stories, globalSetup: ['test/support/build.ts'], ...room } },
    ],
  },
})
