/** The commands by name, loaded when one of them runs: `--help` pays for none. */
import type { Command } from 'commander'
import type { Context } from './context.ts'

/** In the order of the help. */
export const COMMAND_GROUPS = ['Release', 'Use', 'Trust', 'Set up'] as const
export type CommandGroup = (typeof COMMAND_GROUPS)[number]

export interface CommandEntry {
  readonly group: CommandGroup
  readonly summary: string
  readonly load: () => Promise<(context: Context, summary: string) => Command>
}

export const COMMANDS: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  [
    'register',
    {
      group: 'Release',
      summary: 'add a model file as a new version (staging)',
      load: async () => (await import('./commands/index.ts')).registerCommand,
    },
  ],
  [
    'switch',
    {
      group: 'Release',
      summary: 'make a version active',
      load: async () => (await import('./commands/index.ts')).switchCommand,
    },
  ],
  [
    'rollback',
    {
      group: 'Release',
      summary: 'go back to the previously active version',
      load: async () => (await import('./commands/index.ts')).rollbackCommand,
    },
  ],
  [
    'ab-start',
    {
      group: 'Release',
      summary: 'start an A/B test of a candidate',
      load: async () => (await import('./commands/index.ts')).abStartCommand,
    },
  ],
  [
    'ab-ramp',
    {
      group: 'Release',
      summary: 'raise the traffic of the running test',
      load: async () => (await import('./commands/index.ts')).abRampCommand,
    },
  ],
  [
    'ab-stop',
    {
      group: 'Release',
      summary: 'end the test, promote or discard the candidate',
      load: async () => (await import('./commands/index.ts')).abStopCommand,
    },
  ],
  [
    'set-weight',
    {
      group: 'Release',
      summary: 'set how much a version counts beside the formula',
      load: async () => (await import('./commands/index.ts')).setWeightCommand,
    },
  ],
  [
    'set-status',
    {
      group: 'Release',
      summary: 'put a version into staging, deprecated or archived',
      load: async () => (await import('./commands/index.ts')).setStatusCommand,
    },
  ],
  [
    'annotate',
    {
      group: 'Release',
      summary: 'add or mend what is recorded of a version',
      load: async () => (await import('./commands/index.ts')).annotateCommand,
    },
  ],
  [
    'unregister',
    {
      group: 'Release',
      summary: 'remove a staging version that never served',
      load: async () => (await import('./commands/index.ts')).unregisterCommand,
    },
  ],
  [
    'reconcile',
    {
      group: 'Release',
      summary: 'record a change that was made by hand',
      load: async () => (await import('./commands/index.ts')).reconcileCommand,
    },
  ],
  [
    'predict',
    {
      group: 'Use',
      summary: 'run the version that answers, on rows or golden cases',
      load: async () => (await import('./commands/index.ts')).predictCommand,
    },
  ],
  [
    'resolve',
    {
      group: 'Use',
      summary: 'print which version answers, for whom',
      load: async () => (await import('./commands/index.ts')).resolveCommand,
    },
  ],
  [
    'list',
    {
      group: 'Use',
      summary: 'list models and versions',
      load: async () => (await import('./commands/list.ts')).listCommand,
    },
  ],
  [
    'show',
    {
      group: 'Use',
      summary: 'show one model or version in full',
      load: async () => (await import('./commands/index.ts')).showCommand,
    },
  ],
  [
    'history',
    {
      group: 'Use',
      summary: 'list what happened, oldest first',
      load: async () => (await import('./commands/index.ts')).historyCommand,
    },
  ],
  [
    'inspect',
    {
      group: 'Trust',
      summary: 'look into a model file without loading it',
      load: async () => (await import('./commands/index.ts')).inspectCommand,
    },
  ],
  [
    'verify',
    {
      group: 'Trust',
      summary: 'check files, interface and golden cases of what is registered',
      load: async () => (await import('./commands/index.ts')).verifyCommand,
    },
  ],
  [
    'init',
    {
      group: 'Set up',
      summary: 'make a registry',
      load: async () => (await import('./commands/index.ts')).initCommand,
    },
  ],
  [
    'unlock',
    {
      group: 'Set up',
      summary: 'show a lock, and remove a stale one',
      load: async () => (await import('./commands/index.ts')).unlockCommand,
    },
  ],
])

export const EXAMPLE = 'modelyard predict calling_score --input rows.csv'

/** The page that `modelyard --help` prints. */
export function renderHelp(): string {
  const lines = [
    'Releases ONNX models the way good teams release code: versions, A/B tests, weights and',
    'rollbacks in one reviewed file, registry.yaml.',
    '',
    `Example: ${EXAMPLE}`,
    '',
    'Usage: modelyard [options] COMMAND [arguments]',
  ]
  for (const group of COMMAND_GROUPS) {
    lines.push('', `${group}:`)
    for (const [name, entry] of COMMANDS) if (entry.group === group) lines.push(`  ${name.padEnd(12)}${entry.summary}`)
  }
  lines.push(
    '',
    'Everywhere: -C DIR, --registry FILE, --json, --plain, --quiet, --no-color, --no-input, --yes,',
    '  --debug, --now TIME, --by NAME; modelyard COMMAND --help explains them and shows an example.',
    '',
    'Exit codes: 0 done or nothing to do, 1 the answer is no, 2 usage, 3 no valid registry, 4 refused,',
    '  5 a file or input is unfit or could not be measured, 6 busy or changed, 70 a bug, 130 cancelled.',
    '',
  )
  return lines.join('\n')
}
