/** One version: digests of every file, then, in isolation, loading, interface and golden cases. */
import { HEAD_BYTES, refuseImposter } from '../../artifacts/imposter.ts'
import { resolveInside, verifyFiles } from '../../artifacts/index.ts'
import { readFully, withRegularFile } from '../../artifacts/regular-file.ts'
import { ModelyardError } from '../../domain/errors.ts'
import { compareInterfaces } from '../../domain/interface.ts'
import { enumerate } from '../../domain/names.ts'
import type { Model, Version } from '../../domain/registry.ts'
import { compareOutputs, type Engine, type GoldenCase, type LoadedModel } from '../../inference/index.ts'
import { describeMismatch, readGoldenCases, toleranceOf } from '../trial.ts'
import { modelFilesOf, verifiedGoldenFolder } from '../version-files.ts'
import { type CaseFinding, type Finding, failureFrom, type VersionVerification, worstOutcome } from './findings.ts'

export interface VersionWish {
  /** Null: nothing is loaded. */
  readonly engine: Engine | null
  readonly maxBytes?: number | undefined
}

export async function verifyOne(
  root: string,
  model: Model,
  name: string,
  { engine, maxBytes }: VersionWish,
): Promise<VersionVerification> {
  const version = model.versions.get(name) as Version
  const checks = checkFiles(root, version, maxBytes)
  let folder: string | null = null
  if (version.golden !== undefined) {
    const golden = checkGoldenFolder(root, version)
    folder = golden.folder
    checks.push(golden.finding)
  }
  const cases: CaseFinding[] = []
  // What is not the registered file is not loaded: whatever it answered would say nothing of this version.
  if (engine !== null && checks.every(({ what, ok }) => ok || what === 'golden digest')) {
    const { findings, loaded } = await load(engine, root, model, version)
    checks.push(...findings)
    if (loaded && folder !== null) await replayAll(engine, folder, version, checks, cases)
  }
  return {
    version: name,
    status: worstOutcome([...checks, ...cases].map(({ outcome }) => outcome)),
    checks,
    cases,
    golden: version.golden?.source ?? null,
  }
}

function checkFiles(root: string, { modelPath, digest, bytes, externalData = [] }: Version, maxBytes?: number) {
  const files = [{ path: modelPath, digest, bytes }, ...externalData]
  return files.map((file): Finding => {
    const about = { what: 'digest', path: file.path } as const
    if (file.path === modelPath && maxBytes !== undefined && bytes > maxBytes) {
      const detail = `${modelPath} has ${bytes} bytes, more than the ${maxBytes} allowed.`
      return { ...about, ok: false, outcome: 'unmeasured', detail, code: 'FILE_UNFIT' }
    }
    try {
      verifyFiles(root, [file])
      return passed({ ...about, detail: `${file.bytes} bytes` })
    } catch (error) {
      return { ...about, ...failureFrom(explained(error, root, file.path)) }
    }
  })
}

/** A clone without git-LFS has pointers: that is said, not only that the digest differs. */
function explained(error: unknown, root: string, path: string): unknown {
  if (!(error instanceof ModelyardError) || error.code !== 'DIGEST_MISMATCH') return error
  try {
    const head = new Uint8Array(HEAD_BYTES)
    withRegularFile(resolveInside(root, path), (file) =>
      refuseImposter(path, head.subarray(0, readFully(file, head, 0)), file.bytes),
    )
  } catch (imposter) {
    if (imposter instanceof ModelyardError && imposter.code === 'FILE_UNFIT') return imposter
  }
  return error
}

function checkGoldenFolder(root: string, version: Version): { folder: string | null; finding: Finding } {
  const about = { what: 'golden digest', path: version.golden?.path ?? '' } as const
  try {
    return {
      folder: verifiedGoldenFolder(root, version),
      finding: passed({ ...about, detail: 'the registered cases' }),
    }
  } catch (error) {
    return { folder: null, finding: { ...about, ...failureFrom(error) } }
  }
}

async function load(engine: Engine, root: string, model: Model, version: Version) {
  try {
    const session = await engine.load(modelFilesOf(root, version))
    const fits = checkInterface(model, session)
    return { findings: [passed({ what: 'load', detail: session.runtime }), fits], loaded: fits.ok }
  } catch (error) {
    return { findings: [{ what: 'load', ...failureFrom(error) } satisfies Finding], loaded: false }
  }
}

function checkInterface(model: Model, session: LoadedModel): Finding {
  const differences = compareInterfaces(model.interface, session)
  const breaking = differences.filter(({ verdict }) => verdict === 'breaking')
  const shown = (breaking.length > 0 ? breaking : differences).map(
    ({ where, expected, actual }) => `${where} is ${expected} in the registry, ${actual} in the file`,
  )
  if (breaking.length > 0) {
    const detail = `${enumerate(shown)}.`
    return { what: 'interface', ok: false, outcome: 'failed', detail, code: 'INTERFACE_MISMATCH' }
  }
  return passed({ what: 'interface', detail: shown.length === 0 ? 'same' : `compatible: ${enumerate(shown)}` })
}

/** Each case, whatever the others did; only a process that is gone ends it. */
async function replayAll(engine: Engine, folder: string, version: Version, checks: Finding[], cases: CaseFinding[]) {
  let golden: GoldenCase[]
  try {
    golden = readGoldenCases(folder, version.golden?.path ?? folder)
  } catch (error) {
    checks.push({ what: 'golden', ...failureFrom(error) })
    return
  }
  for (const one of golden) cases.push(await replay(engine, one, version))
}

async function replay(engine: Engine, golden: GoldenCase, version: Version): Promise<CaseFinding> {
  const { name } = golden
  const tolerance = toleranceOf(version.golden)
  try {
    const comparison = compareOutputs(golden.outputs, await engine.run(golden.inputs), tolerance)
    const { pass, worst } = comparison
    if (pass) return { name, pass, outcome: 'passed', worst, detail: null }
    const detail = describeMismatch(comparison, tolerance)
    return { name, pass, outcome: 'failed', worst, detail, code: 'GOLDEN_MISMATCH' }
  } catch (error) {
    const { outcome, detail, code } = failureFrom(error)
    return { name, pass: false, outcome, worst: null, detail, code }
  }
}

function passed(finding: Omit<Finding, 'ok' | 'outcome'>): Finding {
  return { ...finding, ok: true, outcome: 'passed' }
}
