import type { Context } from '../../src/cli/context.ts'

/** A context without a machine: for renderers and declarations. */
export function fakeContext(overrides: Partial<Context> = {}): Context {
  const sink = { isTTY: false, columns: 80, write: () => {} }
  return {
    cwd: '/nowhere',
    env: {},
    pid: 1,
    uid: undefined,
    platform: 'linux',
    execPath: 'node',
    enginePath: '/nowhere/inference-child.js',
    toolVersion: '0.0.0',
    argv: [],
    now: () => new Date('2026-11-23T12:00:00Z'),
    stdout: sink,
    stderr: sink,
    stdin: { isTTY: false, read: async () => '' },
    forbidColour: () => {},
    holdSignals: () => {},
    ...overrides,
  }
}
