import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseOptions, type TrainOptions, USAGE, UsageError } from './options.ts'
import { makeRelease } from './release.ts'
import { mergeReports, type Report, renderJson, type VersionReport } from './report.ts'
import { replaceResults } from './results-table.ts'

/** The trainer's executable: arguments in, files out; exit code 2 for arguments that cannot be accepted. */

const REPORT = 'training/report.json'
const README = 'training/README.md'

function write(folder: string, path: string, content: Uint8Array | string): void {
  const target = join(folder, path)
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, content)
}

/** The file's text, or undefined if there is no such file. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function train(options: TrainOptions, say: (line: string) => void): void {
  const versions: VersionReport[] = []
  const files = new Map<string, Uint8Array | string>()
  for (const configuration of options.configurations) {
    const name = `${configuration.model} ${configuration.version}`
    const release = makeRelease(configuration, options, (result) => {
      const losses = `validation ${result.validationLoss.toFixed(6)}, test ${result.testLoss.toFixed(6)}`
      say(`${name}: seed ${result.seed}, best epoch ${result.bestEpoch} of ${result.epochs}, ${losses}`)
    })
    const { constantFeatures, keptSeed } = release.report
    const constant = constantFeatures.length === 0 ? 'none' : constantFeatures.join(', ')
    say(`${name}: seed ${keptSeed} kept; features that do not vary in training: ${constant}`)
    versions.push(release.report)
    for (const [path, content] of release.files) files.set(path, content)
  }

  const old = readIfThere(join(options.output, REPORT))
  const report = mergeReports(old === undefined ? { versions: [] } : (JSON.parse(old) as Report), { versions })
  files.set(REPORT, renderJson(report))
  const readme = readIfThere(join(options.output, README))
  if (readme !== undefined) files.set(README, replaceResults(readme, report))
  for (const [path, content] of files) write(options.output, path, content)
  say(`${files.size} files written below ${options.output}`)
}

try {
  const options = parseOptions(process.argv.slice(2))
  if (options === 'help') process.stdout.write(USAGE)
  else train(options, (line) => process.stderr.write(`${line}\n`))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n\n${USAGE}`)
  process.exitCode = 2
}
