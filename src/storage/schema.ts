/**
 * The format of registry.yaml, schema version 1. Strict: an unknown key is a problem, never ignored. zod's smaller
 * build, because every command pays for loading it.
 */
import * as z from 'zod/mini'
import { DTYPES } from '../domain/dtype.ts'
import { checkRelativePath } from '../domain/paths.ts'
import { isDay, isTime } from '../domain/time.ts'

const text = z.string().check(z.maxLength(10_000))
const share = z.number().check(z.minimum(0), z.maximum(1))
const digest = z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 lower-case hex digits'))
const time = z.string().check(z.refine(isTime, 'must be a UTC time such as 2026-11-23T12:00:00Z'))
const day = z.string().check(z.refine(isDay, 'must be a day such as 2026-11-23'))
const timeOrDay = z
  .string()
  .check(z.refine((value) => isDay(value) || isTime(value), 'must be a day such as 2026-11-23, or a UTC time'))
const count = z.int().check(z.minimum(0))
const path = z.string().check(
  z.superRefine((value, context) => {
    const problem = checkRelativePath(value)
    if (problem !== null) context.addIssue({ code: 'custom', message: problem, input: value })
  }),
)
const labels = z.record(z.string(), z.string())
const metrics = z.record(z.string(), z.number())
const versionName = z.string().check(z.minLength(1), z.maxLength(128))
const bucketRange = z.readonly(
  z.tuple([z.int().check(z.minimum(0), z.maximum(10_000)), z.int().check(z.minimum(0), z.maximum(10_000))]),
)

const tensor = z.strictObject({
  name: z.string().check(z.minLength(1)),
  dtype: z.enum(DTYPES),
  shape: z.array(
    z.union([z.string().check(z.minLength(1)), count], 'must be a whole number, or a name for a free dimension'),
  ),
  optional: z.optional(z.boolean()),
  range: z.optional(
    z
      .tuple([z.number(), z.number()])
      .check(z.refine(([low, high]) => low < high, 'must rise from its lower to its upper end')),
  ),
  features: z.optional(z.array(z.string().check(z.minLength(1)))),
  defaults: z.optional(z.record(z.string(), z.number())),
})

const metric = z.strictObject({
  name: text,
  kind: z.enum(['binary', 'mean', 'ratio', 'rare']),
  role: z.enum(['primary', 'guardrail', 'secondary']),
  direction: z.enum(['up', 'down']),
  margin: z.optional(z.number().check(z.minimum(0))),
  marginType: z.optional(z.enum(['relative', 'absolute'])),
  window: z.optional(text),
  cap: z.optional(z.number()),
  pre: z.optional(text),
})

const phase = z.strictObject({ since: time, control: bucketRange, candidate: bucketRange })

const experiment = z.strictObject({
  id: text,
  candidate: versionName,
  weights: z.strictObject({ control: share, candidate: share }),
  seed: text.check(z.minLength(1)),
  startedAt: time,
  endedAt: z.optional(time),
  outcome: z.optional(z.enum(['stopped', 'promoted', 'discarded', 'rolled-back'])),
  propagation: z.optional(text),
  alpha: z.optional(z.number().check(z.gt(0), z.lt(1))),
  horizonUnits: z.optional(z.int().check(z.minimum(1))),
  minDays: z.optional(count),
  maxDays: z.optional(count),
  maxHold: z.optional(text),
  metrics: z.optional(z.array(metric)),
  rollout: z.optional(z.unknown()),
  phases: z.array(phase).check(z.minLength(1)),
})

const version = z.strictObject({
  modelPath: path,
  digest,
  bytes: count,
  externalData: z.optional(z.array(z.strictObject({ path, digest, bytes: count }))),
  status: z.enum(['staging', 'active', 'deprecated', 'archived']),
  quarantined: z.optional(z.strictObject({ at: time, reason: z.optional(text) })),
  defaultWeight: share,
  currentWeight: z.optional(share),
  dataSource: z.optional(text),
  trainedDate: z.optional(timeOrDay),
  description: z.optional(text),
  labels: z.optional(labels),
  trainingMetrics: z.optional(metrics),
  performanceMetrics: z.optional(z.record(z.string(), z.unknown())),
  golden: z.optional(
    z.strictObject({
      path,
      digest,
      source: z.enum(['provided', 'recorded']),
      runtime: z.optional(text),
      atol: z.optional(z.number().check(z.minimum(0))),
      rtol: z.optional(z.number().check(z.minimum(0))),
    }),
  ),
  registeredAt: time,
  registeredBy: z.optional(text),
})

const record = {
  at: time,
  by: z.optional(text),
  forced: z.optional(z.array(text)),
  unverified: z.optional(z.boolean()),
  reason: z.optional(text),
}
const nameOrNull = z.nullable(versionName)
const statusName = z.enum(['staging', 'active', 'deprecated', 'archived'])

const event = z.discriminatedUnion(
  'action',
  [
    z.strictObject({ ...record, action: z.literal('switched'), from: nameOrNull, to: versionName }),
    z.strictObject({ ...record, action: z.literal('rolled-back'), from: versionName, to: versionName }),
    z.strictObject({
      ...record,
      action: z.literal('experiment-started'),
      experiment: text,
      control: versionName,
      candidate: versionName,
      traffic: share,
      seed: text,
    }),
    z.strictObject({ ...record, action: z.literal('experiment-ramped'), experiment: text, from: share, to: share }),
    z.strictObject({
      ...record,
      action: z.literal('experiment-stopped'),
      experiment: text,
      outcome: z.enum(['stopped', 'promoted', 'discarded', 'rolled-back']),
    }),
    z.strictObject({ ...record, action: z.literal('weight-set'), version: versionName, from: share, to: share }),
    z.strictObject({
      ...record,
      action: z.literal('status-set'),
      version: versionName,
      from: statusName,
      to: statusName,
    }),
    z.strictObject({ ...record, action: z.literal('reconciled'), from: nameOrNull, to: nameOrNull }),
  ],
  { error: 'names no known action' },
)

export const modelSchema = z.strictObject({
  description: z.optional(text),
  labels: z.optional(labels),
  active: nameOrNull,
  fallback: z.optional(versionName),
  experiment: z.optional(experiment),
  interface: z.strictObject({
    inputs: z.array(tensor).check(z.minLength(1)),
    outputs: z.array(tensor).check(z.minLength(1)),
  }),
  versions: z.record(z.string(), version),
  training: z.optional(z.unknown()),
  pastExperiments: z.optional(z.nullable(z.array(experiment))),
  history: z.optional(z.nullable(z.array(event))),
})

export const policySchema = z.strictObject({
  versionPattern: z.optional(z.string().check(z.maxLength(200), z.refine(isPattern, 'is not a regular expression'))),
  maxInitialWeight: z.optional(share),
  maxWeightStep: z.optional(share),
  maxTrafficStep: z.optional(share),
  requireGolden: z.optional(z.enum(['provided', 'any'])),
  requireEvaluation: z.optional(
    z.record(
      z.string(),
      z.string().check(z.regex(/^(<=|>=|<|>)\s*-?\d+(\.\d+)?(e-?\d+)?$/, "must be a bound such as '<= 0.03'")),
    ),
  ),
  requireExperiment: z.optional(z.strictObject({ minDays: z.number().check(z.minimum(0)) })),
  requireReason: z.optional(z.boolean()),
  requireReport: z.optional(z.boolean()),
  allowRevert: z.optional(z.boolean()),
  actors: z.optional(
    z.record(
      z.enum(['switch', 'ab-start', 'ab-ramp', 'ab-stop', 'set-weight', 'set-status', 'reconcile']),
      z.optional(z.array(text)),
    ),
  ),
  freeze: z.optional(
    z.array(
      z
        .strictObject({ from: day, to: day, reason: z.optional(text) })
        .check(z.refine(({ from, to }) => from <= to, 'ends before it begins')),
    ),
  ),
})

export const registrySchema = z.strictObject({
  schemaVersion: z.literal(1),
  policy: z.optional(z.nullable(policySchema)),
  models: z.nullable(z.record(z.string(), modelSchema)),
})

export type RegistryDocument = z.infer<typeof registrySchema>
export type ModelDocument = z.infer<typeof modelSchema>

function isPattern(source: string): boolean {
  try {
    new RegExp(source)
    return true
  } catch {
    return false
  }
}
