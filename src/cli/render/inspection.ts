/** What is inside a model file, as one table a subject. Every text in it is the file's own. */
import { formatShape } from '../../domain/interface.ts'
import { visibleText } from '../../domain/visible-text.ts'
import { functionName, type Inspection } from '../../manager/inspecting.ts'
import { escapeCell } from './escape.ts'
import { renderTable, type TableOptions } from './table.ts'

const MOST_ROWS = 50
const MOST_CHARACTERS = 200

export async function renderInspection(file: string, inspection: Inspection, options: TableOptions): Promise<string> {
  const tables: string[] = []
  for (const [head, rows] of sectionsOf(file, inspection)) {
    if (rows.length > 0) tables.push(await renderTable(head, shortened(rows, head.length), options))
  }
  return tables.join('\n')
}

type Section = [head: readonly string[], rows: readonly (readonly string[])[]]

function sectionsOf(file: string, inspection: Inspection): Section[] {
  const { inputs, outputs, operators, functions, externalData, metadata, unreadMetadata } = inspection
  return [
    [['FILE', escapeCell(file)], factsOf(inspection)],
    [['INPUT', 'DTYPE', 'SHAPE'], inputs.map(valueRow)],
    [['OUTPUT', 'DTYPE', 'SHAPE'], outputs.map(valueRow)],
    [['OPERATOR', 'COUNT'], operators.map(({ name, count }) => [name, String(count)])],
    [['FUNCTION', 'NODES'], functions.map((one) => [functionName(one), String(one.nodes)])],
    [['EXTERNAL DATA', 'TENSORS', 'BYTES READ', 'FOUND'], externalData.map(externalRow)],
    [
      ['METADATA', 'VALUE'],
      [
        ...[...metadata].map(([key, value]) => [key, metadataText(key, value, inspection)]),
        ...unreadMetadata.map((key) => [key, '(too large to be read)']),
      ],
    ],
  ]
}

function factsOf({ bytes, digest, irVersion, opsets, producer, nodes, parameters }: Inspection): string[][] {
  return [
    ['kind', 'ONNX model'],
    ['bytes', String(bytes)],
    ['digest', digest ?? 'not computed (--digest reads the whole file)'],
    ['IR version', String(irVersion)],
    ['opsets', [...opsets].map(([domain, version]) => `${domain} ${version}`).join(', ')],
    ['producer', producer === '' ? 'not named' : producer],
    ['nodes', String(nodes)],
    ['parameters', String(parameters)],
  ]
}

function valueRow({ name, dtype, shape, ranked }: Inspection['inputs'][number]): string[] {
  return [name, dtype, ranked ? formatShape(shape) : 'any']
}

function externalRow({ location, tensors, from, to, found, bytes, problem }: Inspection['externalData'][number]) {
  const size = found === true ? `yes, ${bytes} bytes` : found === false ? 'no' : 'not looked at'
  return [
    location,
    String(tensors),
    `${from} to ${to ?? 'the end'}`,
    problem === null || found === false ? size : `${size}; ${problem}`,
  ]
}

function metadataText(key: string, value: string, { features }: Inspection): string {
  if (key !== 'features' || features === null) return value
  return `${features.length} name${features.length === 1 ? '' : 's'} (--json prints them)`
}

/** A file can say very much: each text and each list has an end. */
function shortened(rows: readonly (readonly string[])[], columns: number): string[][] {
  const shown = rows.slice(0, MOST_ROWS).map((row) => row.map((cell) => visibleText(cell, MOST_CHARACTERS)))
  const more = rows.length - shown.length
  if (more > 0) shown.push([`(${more} more; --json prints all)`, ...Array.from({ length: columns - 1 }, () => '')])
  return shown
}
