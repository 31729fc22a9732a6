/** Files that a registration adds to the registry's folder: made right before the write, gone again if it fails. */
import { constants, copyFileSync, existsSync, mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { digestFile } from '../../artifacts/index.ts'
import { ModelyardError } from '../../domain/errors.ts'
import type { Copy } from './candidate.ts'
import { insidePath } from './candidate.ts'

/** A file to be written. */
export interface NewFile {
  /** Relative to the registry's folder. */
  readonly path: string
  readonly text: string
}

/** @throws ModelyardError PATH_REFUSED where something else is there already, or a link leads elsewhere */
export function refuseOccupied(root: string, { to, digest }: Pick<Copy, 'to' | 'digest'>): void {
  const target = join(root, to)
  if (insidePath(root, target) !== to) {
    throw new ModelyardError('PATH_REFUSED', `${to} would lie elsewhere: a link is on the way.`, {
      hint: 'Replace the link by a folder.',
    })
  }
  if (!existsSync(target) || digestFile(target).digest === digest) return
  throw new ModelyardError('PATH_REFUSED', `${to} is there already, with other bytes.`, {
    hint: 'Choose another version, or remove that file first.',
  })
}

/** Runs `write` with the files in place; where it fails, what was made for it is removed. */
export async function withFiles<T>(
  root: string,
  copies: readonly Copy[],
  texts: readonly NewFile[],
  write: () => Promise<T>,
): Promise<T> {
  const made = new Made()
  try {
    for (const copy of copies) made.copy(root, copy)
    for (const { path, text } of texts) made.put(join(root, path), (part) => writeFileSync(part, text, { flag: 'wx' }))
    return await write()
  } catch (error) {
    made.undo()
    throw error
  }
}

class Made {
  readonly #files: string[] = []
  /** Innermost last. */
  readonly #folders: string[] = []

  copy(root: string, wanted: Copy): void {
    refuseOccupied(root, wanted)
    this.put(join(root, wanted.to), (part) => {
      copyFileSync(wanted.from, part, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
      if (digestFile(part).digest === wanted.digest) return
      throw new ModelyardError('DIGEST_MISMATCH', `${wanted.from} changed while it was registered.`, {
        hint: 'Nothing was registered. Run the command again when the file is complete.',
        file: wanted.from,
      })
    })
  }

  /** Under its name only when it is whole. A file that is there already stays; its bytes were compared. */
  put(target: string, fill: (part: string) => void): void {
    if (existsSync(target)) return
    this.#makeFolder(dirname(target))
    const part = `${target}.part`
    rmSync(part, { force: true })
    this.#files.push(part)
    fill(part)
    renameSync(part, target)
    this.#files.push(target)
  }

  undo(): void {
    for (const file of this.#files) rmSync(file, { force: true })
    for (const folder of this.#folders.reverse()) {
      try {
        rmdirSync(folder)
      } catch {
        // Somebody else has put something into it.
      }
    }
  }

  #makeFolder(folder: string): void {
    if (existsSync(folder)) return
    this.#makeFolder(dirname(folder))
    mkdirSync(folder)
    this.#folders.push(folder)
  }
}
