/** The text of registry.yaml: read fast or whole, edited by splices that keep every other byte, or written anew. */
import type { Path } from '../../domain/edit.ts'

export { scanRegistry, viewModel, viewRegistry } from './open.ts'
export { renderRegistry } from './render.ts'
export { sameJson } from './same-json.ts'
export type { RegistryScan } from './scan.ts'
export type { BlockSelection } from './selection.ts'
export { spliceEdits } from './splice.ts'
export type { Position, RegistryView } from './view.ts'

/** Something wrong at a place of the file. */
export interface TextProblem {
  message: string
  hint?: string
  path: Path
  line: number
  column: number
}
