/** A verification for people, and as JUnit XML for a pipeline. */
import type { CaseFinding, Finding, Outcome, VersionVerification } from '../../manager/verifying/findings.ts'
import { RECORDED } from '../../manager/verifying/findings.ts'
import type { RegistryVerification } from '../../manager/verifying/verify.ts'
import { escapeCell } from './escape.ts'
import { renderTable, type TableOptions } from './table.ts'
import { escapeXml } from './xml.ts'

export async function renderVerification(result: RegistryVerification, options: TableOptions): Promise<string> {
  const rows = result.models.flatMap(({ model, versions }) =>
    versions.flatMap((one) =>
      entriesOf(one).map(({ title, outcome, detail }) => [model, one.version, title, outcome, detail]),
    ),
  )
  const table = await renderTable(['MODEL', 'VERSION', 'CHECK', 'RESULT', 'DETAIL'], rows, options)
  return `${table}\n${summaryLines(result, options).join('\n')}\n`
}

function summaryLines(result: RegistryVerification, { style }: TableOptions): string[] {
  const lines: string[] = []
  for (const { model, versions, archived } of result.models) {
    for (const one of versions) {
      const subject = escapeCell(`${model} ${one.version}`)
      if (one.golden === 'recorded') lines.push(`${style.warn('note:')} ${subject} golden cases are ${RECORDED}`)
      for (const { title, outcome, detail } of entriesOf(one)) {
        const said = escapeCell(`${model} ${one.version} ${title}: ${detail}`)
        if (outcome === 'failed') lines.push(`${style.bad('failed:')} ${said}`)
        if (outcome === 'unmeasured') lines.push(`${style.warn('unmeasured:')} ${said}`)
      }
    }
    if (archived.length > 0)
      lines.push(`${style.faint('left out:')} ${escapeCell(`${model} ${archived.join(', ')}`)} (archived)`)
  }
  const { passed, failed, unmeasured, status, digestOnly } = result
  const dress = status === 'passed' ? style.good : status === 'failed' ? style.bad : style.warn
  const counts = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(unmeasured > 0 ? [`${unmeasured} could not be measured`] : []),
  ]
  const total = passed + failed + unmeasured
  return [
    ...lines,
    dress(
      `${total} version${total === 1 ? '' : 's'}: ${counts.join(', ')}${digestOnly ? ' (digests only: nothing was loaded)' : ''}`,
    ),
  ]
}

/** One testsuite a version, one testcase a check and golden case. */
export function renderJunit({ models }: RegistryVerification): string {
  const suites = models.flatMap(({ model, versions }) =>
    versions.map((one) => ({ model, one, entries: entriesOf(one) })),
  )
  const all = suites.flatMap(({ entries }) => entries)
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="modelyard verify" ${counts(all)}>`]
  for (const { model, one, entries } of suites) {
    lines.push(`  <testsuite name="${escapeXml(`${model} ${one.version}`)}" ${counts(entries)}>`)
    if (one.golden === 'recorded')
      lines.push(
        '    <properties>',
        `      <property name="golden" value="${escapeXml(RECORDED)}"/>`,
        '    </properties>',
      )
    for (const entry of entries) lines.push(...testcase(`${model}.${one.version}`, entry))
    lines.push('  </testsuite>')
  }
  return `${[...lines, '</testsuites>'].join('\n')}\n`
}

function counts(entries: readonly Entry[]): string {
  const count = (wanted: Outcome) => entries.filter(({ outcome }) => outcome === wanted).length
  return `tests="${entries.length}" failures="${count('failed')}" errors="${count('unmeasured')}"`
}

function testcase(classname: string, { title, outcome, detail, code = '' }: Entry): string[] {
  const head = `    <testcase classname="${escapeXml(classname)}" name="${escapeXml(title)}"`
  if (outcome === 'passed') return [`${head}/>`]
  const element = outcome === 'failed' ? 'failure' : 'error'
  const said = `      <${element} type="${escapeXml(code)}" message="${escapeXml(detail)}"/>`
  return [`${head}>`, said, '    </testcase>']
}

interface Entry {
  readonly title: string
  readonly outcome: Outcome
  readonly detail: string
  readonly code?: string | undefined
}

/** Everything that was asked of a version, one after the other. */
function entriesOf({ checks, cases }: VersionVerification): Entry[] {
  return [...checks.map(checkEntry), ...cases.map(caseEntry)]
}

function checkEntry({ what, path, outcome, detail, code }: Finding): Entry {
  return { title: path === undefined ? what : `${what} ${path}`, outcome, detail, code }
}

function caseEntry({ name, outcome, detail, worst, code }: CaseFinding): Entry {
  return { title: `golden case ${JSON.stringify(name)}`, outcome, detail: detail ?? nearest(worst), code }
}

/** Of a case that passes. */
function nearest(worst: CaseFinding['worst']): string {
  if (worst === null) return 'equal'
  return `within tolerance; worst difference ${Number(worst.difference.toPrecision(3))} at ${worst.output}[${worst.index}]`
}
