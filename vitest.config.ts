import { defineConfig } from 'vitest/config'

// Real processes, files and models: slow machines need room, and a hang still ends.
// ONNX Runtime's Linux binaries send usage data unless told not to.
const room = { testTimeout: 60_000, hookTimeout: 60_000, env: { ORT_DISABLE_TELEMETRY: '1' } }
const stories = ['test/stories/**/*.test.ts', 'test/readme.test.ts']

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: stories, ...room } },
      { test: { name: 'stories', include: stories, globalSetup: ['test/support/build.ts'], ...room } },
    ],
  },
})
