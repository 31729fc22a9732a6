/**
 * A change to the registry as a value: what the plan decides, the dry run shows, the splicer writes and the re-read
 * checks. Paths start at the top of the file: `['models', 'calling_score', 'active']`.
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

export type PathSegment = string | number
export type Path = readonly PathSegment[]

export type Edit =
  /** Replaces a scalar, an empty collection or null, or adds a key that is absent (its place: domain/key-order). */
  | { readonly op: 'set'; readonly path: Path; readonly value: Json }
  /** Removes a key with its value, or a list item. */
  | { readonly op: 'remove'; readonly path: Path }
  /** Adds an item at the end of a list; a list that is absent or empty is made. */
  | { readonly op: 'append'; readonly path: Path; readonly value: Json }

type MutableJson = string | number | boolean | null | MutableJson[] | { [key: string]: MutableJson }

/**
 * The document after the edits; the argument is not changed.
 *
 * @throws Error where a path does not exist: a plan that names one is a bug.
 */
export function applyEdits(document: Json, edits: readonly Edit[]): Json {
  const result = structuredClone(document) as MutableJson
  for (const edit of edits) applyEdit(result, edit)
  return result as Json
}

function applyEdit(root: MutableJson, edit: Edit): void {
  const last = edit.path.at(-1)
  if (last === undefined) throw new Error('An edit needs a path')
  const parent = descend(root, edit.path.slice(0, -1))
  if (edit.op === 'append') {
    const list = read(parent, last)
    if (Array.isArray(list)) list.push(copyOf(edit.value))
    else if (list === undefined || list === null) write(parent, last, [copyOf(edit.value)])
    else throw new Error(`Not a list: ${edit.path.join('.')}`)
  } else if (edit.op === 'set') {
    write(parent, last, copyOf(edit.value))
  } else {
    if (read(parent, last) === undefined) throw new Error(`No such path: ${edit.path.join('.')}`)
    if (Array.isArray(parent)) parent.splice(last as number, 1)
    else delete (parent as Record<string, unknown>)[last]
  }
}

/** Of its own, so that a later edit below it leaves the plan's value as it is. */
function copyOf(value: Json): MutableJson {
  return structuredClone(value) as MutableJson
}

function descend(root: MutableJson, path: Path): MutableJson {
  let node: MutableJson = root
  for (const segment of path) {
    const next = read(node, segment)
    if (next === undefined || next === null || typeof next !== 'object') {
      throw new Error(`No such path: ${path.join('.')}`)
    }
    node = next
  }
  return node
}

function read(node: MutableJson, segment: PathSegment): MutableJson | undefined {
  if (Array.isArray(node)) return node[segment as number]
  if (node === null || typeof node !== 'object') return undefined
  return Object.hasOwn(node, segment) ? node[segment] : undefined
}

function write(node: MutableJson, segment: PathSegment, value: MutableJson): void {
  if (Array.isArray(node)) {
    if (read(node, segment) === undefined) throw new Error(`No place for ${segment}`)
    node[segment as number] = value
  } else if (node !== null && typeof node === 'object') {
    // Defined, for `__proto__` as a key of the user's choice would be swallowed by an assignment.
    Object.defineProperty(node, segment, { value, writable: true, enumerable: true, configurable: true })
  } else throw new Error(`No place for ${segment}`)
}
