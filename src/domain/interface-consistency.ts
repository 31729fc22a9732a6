/** What can be wrong within one interface. */
import type { Inconsistency } from './consistency.ts'
import type { Path } from './edit.ts'
import type { ModelInterface } from './registry.ts'

/** Names given twice, features that do not fill their dimension, defaults for what is no feature. */
export function interfaceProblems({ inputs, outputs }: ModelInterface): Inconsistency[] {
  const problems: Inconsistency[] = []
  for (const [kind, tensors] of [
    ['inputs', inputs],
    ['outputs', outputs],
  ] as const) {
    for (const [index, { name, shape, features, defaults }] of tensors.entries()) {
      const path: Path = ['interface', kind, index]
      if (tensors.findIndex((other) => other.name === name) !== index) {
        problems.push({
          path,
          message: `two ${kind} have the name ${name}`,
          hint: 'Names in an ONNX graph are unique; mend it to what the file says.',
        })
      }
      const width = shape.at(-1)
      if (features !== undefined && typeof width === 'number' && features.length !== width) {
        problems.push({
          path: [...path, 'features'],
          against: [...path, 'shape'],
          message: `${features.length} features for a dimension of ${width}`,
          hint: 'Name every feature, in the order of the columns.',
        })
      }
      const known = new Set(features)
      const twice =
        known.size === features?.length ? undefined : features?.find((feature, at) => features.indexOf(feature) !== at)
      if (twice !== undefined) {
        problems.push({
          path: [...path, 'features'],
          message: `the feature ${twice} is named twice`,
          hint: 'Every column has a name of its own.',
        })
      }
      for (const feature of Object.keys(defaults ?? {})) {
        if (known.has(feature)) continue
        problems.push({
          path: [...path, 'defaults', feature],
          message: `a default for ${feature}, which is not a feature`,
          hint: 'Mend the name, or remove the line.',
        })
      }
    }
  }
  return problems
}
