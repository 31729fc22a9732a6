/**
 * Does a model file fit the interface that the serving side was built for? Names, dtypes, ranks, fixed dimensions and,
 * where known, feature names in their order.
 */
import type { ModelInterface, TensorInterface } from './registry.ts'

export interface InterfaceDifference {
  /** `input "input"`, `output "output"`, … */
  readonly where: string
  readonly expected: string
  readonly actual: string
  /** `compatible`: the serving side need not change. */
  readonly verdict: 'compatible' | 'breaking'
}

/** What differs between the model's interface and the file's; empty: the same. */
export function compareInterfaces(expected: ModelInterface, actual: ModelInterface): InterfaceDifference[] {
  return [
    ...compareTensors('input', expected.inputs, actual.inputs),
    ...compareTensors('output', expected.outputs, actual.outputs),
  ]
}

function compareTensors(
  kind: 'input' | 'output',
  expected: readonly TensorInterface[],
  actual: readonly TensorInterface[],
): InterfaceDifference[] {
  const differences: InterfaceDifference[] = []
  for (const wanted of expected) {
    const where = `${kind} ${JSON.stringify(wanted.name)}`
    const found = actual.find(({ name }) => name === wanted.name)
    if (found === undefined) {
      if (wanted.optional === true && kind === 'output') continue
      differences.push({ where, expected: 'present', actual: 'missing', verdict: 'breaking' })
      continue
    }
    if (found.dtype !== wanted.dtype) {
      differences.push({ where: `${where} dtype`, expected: wanted.dtype, actual: found.dtype, verdict: 'breaking' })
    }
    if (kind === 'input' && wanted.optional === true && found.optional !== true) {
      differences.push({ where, expected: 'optional', actual: 'required', verdict: 'breaking' })
    }
    differences.push(...compareShapes(where, wanted, found), ...compareFeatures(where, wanted, found))
  }
  for (const found of actual) {
    if (expected.some(({ name }) => name === found.name)) continue
    differences.push({
      where: `${kind} ${JSON.stringify(found.name)}`,
      expected: 'absent',
      actual: `${found.dtype} ${formatShape(found.shape)}`,
      // An output that nobody reads harms nobody; an input that nobody sends does, unless it has a value of its own.
      verdict: kind === 'output' || found.optional === true ? 'compatible' : 'breaking',
    })
  }
  return differences
}

function compareShapes(where: string, wanted: TensorInterface, found: TensorInterface): InterfaceDifference[] {
  const expected = formatShape(wanted.shape)
  const actual = formatShape(found.shape)
  if (wanted.shape.length !== found.shape.length) {
    return [{ where: `${where} shape`, expected, actual, verdict: 'breaking' }]
  }
  let verdict: InterfaceDifference['verdict'] | null = null
  for (const [axis, dimension] of wanted.shape.entries()) {
    const other = found.shape[axis]
    // The name of a free dimension is documentation.
    if (dimension === other || (typeof dimension === 'string' && typeof other === 'string')) continue
    if (typeof dimension === 'number' && typeof other === 'string') verdict ??= 'compatible'
    else verdict = 'breaking'
  }
  return verdict === null ? [] : [{ where: `${where} shape`, expected, actual, verdict }]
}

function compareFeatures(where: string, wanted: TensorInterface, found: TensorInterface): InterfaceDifference[] {
  if (wanted.features === undefined || found.features === undefined) return []
  const slots = Math.max(wanted.features.length, found.features.length)
  const differences: InterfaceDifference[] = []
  for (let slot = 0; slot < slots; slot++) {
    const expected = wanted.features[slot]
    const actual = found.features[slot]
    if (expected === actual) continue
    differences.push({
      where: `${where} feature ${slot}`,
      expected: expected ?? 'none',
      actual: actual ?? 'none',
      verdict: 'breaking',
    })
  }
  return differences
}

export function formatShape(shape: readonly (string | number)[]): string {
  return `[${shape.join(', ')}]`
}
