/** The interface that a model file declares, and what others know of the parts that it leaves open. */
import type { ModelLook, ValueLook } from '../../artifacts/index.ts'
import { ModelyardError } from '../../domain/errors.ts'
import type { ModelInterface, TensorInterface } from '../../domain/registry.ts'

/** @throws ModelyardError INPUT_INVALID where features do not fit an input; FILE_UNFIT, INTERFACE_MISMATCH */
export function declaredInterface(look: ModelLook, given: readonly string[] | undefined, file: string): ModelInterface {
  const own = featuresOf(look, file)
  if (given !== undefined && own !== undefined) refuseOtherOrder(given, own, file)
  const named = given ?? own
  const inputs = look.inputs.map(tensorOf)
  const outputs = look.outputs.map(tensorOf)
  if (named === undefined) return { inputs, outputs }
  const holders = inputs.filter(({ shape }) => shape.at(-1) === named.length)
  if (holders.length !== 1) {
    throw new ModelyardError(
      'INPUT_INVALID',
      `${named.length} features are named, but ${holders.length} inputs of ${file} have a last dimension of ${named.length}.`,
      { hint: 'Name every column of one input, in order.' },
    )
  }
  return { inputs: inputs.map((tensor) => (tensor === holders[0] ? { ...tensor, features: named } : tensor)), outputs }
}

/**
 * The same with what is known of dimensions and ranks that the file leaves open: the runtime infers more than an
 * exporter writes down, and it is what serves.
 */
export function refined(
  declared: ModelInterface,
  look: Pick<ModelLook, 'inputs' | 'outputs'>,
  known: { readonly inputs: readonly Shaped[]; readonly outputs: readonly Shaped[] },
): ModelInterface {
  return {
    inputs: declared.inputs.map((tensor) => refinedTensor(tensor, look.inputs, known.inputs)),
    outputs: declared.outputs.map((tensor) => refinedTensor(tensor, look.outputs, known.outputs)),
  }
}

type Shaped = Pick<TensorInterface, 'name' | 'shape'>

function refinedTensor(
  tensor: TensorInterface,
  looks: readonly ValueLook[],
  known: readonly Shaped[],
): TensorInterface {
  const other = known.find(({ name }) => name === tensor.name)
  if (other === undefined) return tensor
  if (looks.find(({ name }) => name === tensor.name)?.ranked === false) return { ...tensor, shape: other.shape }
  if (other.shape.length !== tensor.shape.length) return tensor
  const shape = tensor.shape.map((dimension, axis) => {
    const found = other.shape[axis]
    return typeof dimension === 'string' && typeof found === 'number' ? found : dimension
  })
  return { ...tensor, shape }
}

function tensorOf({ name, dtype, shape }: ValueLook): TensorInterface {
  return { name, dtype, shape: [...shape] }
}

/** Which of the two is right only a person knows; the wrong one feeds every feature to another's weights. */
function refuseOtherOrder(given: readonly string[], own: readonly string[], file: string): void {
  const slots = Math.max(given.length, own.length)
  const at = Array.from({ length: slots }, (_, slot) => slot).find((slot) => given[slot] !== own[slot])
  if (at === undefined) return
  throw new ModelyardError(
    'INTERFACE_MISMATCH',
    `${file} names its features itself, and not as --features does: feature ${at} is ${own[at] ?? 'none'} in the file, ${given[at] ?? 'none'} in --features.`,
    { hint: 'Find out which is right. Leave out --features, or export the file with the right names.' },
  )
}

/** What the exporter wrote into metadata_props: a JSON array of names. */
function featuresOf({ metadata }: ModelLook, file: string): readonly string[] | undefined {
  const text = metadata.get('features')
  if (text === undefined) return undefined
  try {
    const names: unknown = JSON.parse(text)
    if (Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '')) return names as string[]
  } catch {
    // Reported below: text that is no JSON is as wrong as JSON that is no list.
  }
  throw new ModelyardError('FILE_UNFIT', `The metadata of ${file} has "features", but not as a JSON array of names.`, {
    hint: 'Mend the exporter, or leave the key out of metadata_props and name the features with --features FILE.',
  })
}
