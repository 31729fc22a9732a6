/** Which value of a row goes where: the interface's inputs, laid out as columns. Pure. */
import type { Dtype, InterfaceTensor } from '../tensor.ts'
import { isDtype } from '../tensor.ts'

export interface Column {
  /** A feature's name; else the input's, with the place in it where it holds more than one value. */
  name: string
  input: InputLayout
  /** Place in the row of its input. */
  offset: number
  default: number | undefined
}

export interface InputLayout {
  name: string
  dtype: Dtype
  /** Values a row. */
  width: number
  /** Dimensions behind the first, which is the rows'. */
  rest: number[]
  /** Of the first column, in row order over all inputs. */
  first: number
  hasFeatures: boolean
  optional: boolean
}

export interface Layout {
  inputs: InputLayout[]
  columns: Column[]
  /** By feature name, and by input name where an input holds one value a row. */
  byName: ReadonlyMap<string, Column>
  /** Inputs that a row may give as a list under their own name. */
  byInput: ReadonlyMap<string, InputLayout>
}

/** A row's value of this name is the baseline, unless a column has it. */
export const BASELINE = 'baseline'

const MAX_COLUMNS = 1_000_000

/** The layout, or the reason why rows cannot be sent to such inputs. */
export function layoutOf(inputs: readonly InterfaceTensor[]): Layout | string {
  const layout = { inputs: [] as InputLayout[], columns: [] as Column[] }
  for (const input of inputs) {
    const shown = `${JSON.stringify(input.name)} (${input.dtype} [${input.shape.join(', ')}])`
    const { dtype } = input
    if (!isDtype(dtype)) return `the input ${shown} is of a type that rows cannot have`
    const [, ...rest] = input.shape
    if (input.shape.length === 0) return `the input ${shown} has no dimension for rows`
    if (!rest.every((dim) => typeof dim === 'number')) return `the input ${shown} has a free dimension besides the rows`
    const width = rest.reduce((product, dim) => product * dim, 1)
    if (layout.columns.length + width > MAX_COLUMNS) return `the inputs have more than ${MAX_COLUMNS} values a row`
    if (input.features !== undefined && input.features.length !== width) {
      return `the input ${shown} has ${input.features.length} features for ${width} values a row`
    }
    addInput(layout, input, { dtype, rest, width })
  }
  const byName = new Map<string, Column>()
  for (const column of layout.columns) {
    if (byName.has(column.name)) return `two values of a row have the name ${JSON.stringify(column.name)}`
    byName.set(column.name, column)
  }
  return { ...layout, byName, byInput: new Map(layout.inputs.map((input) => [input.name, input])) }
}

function addInput(
  layout: { inputs: InputLayout[]; columns: Column[] },
  { name, features, defaults, optional }: InterfaceTensor,
  { dtype, rest, width }: Pick<InputLayout, 'dtype' | 'rest' | 'width'>,
): void {
  const input: InputLayout = {
    name,
    dtype,
    width,
    rest,
    first: layout.columns.length,
    hasFeatures: features !== undefined,
    optional: optional === true,
  }
  layout.inputs.push(input)
  for (let offset = 0; offset < width; offset++) {
    const column = features?.[offset] ?? (width === 1 ? name : `${name}[${offset}]`)
    const hasDefault = defaults !== undefined && Object.hasOwn(defaults, column)
    layout.columns.push({ name: column, input, offset, default: hasDefault ? defaults[column] : undefined })
  }
}
