import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createRegistryFile, findGitRoot, readRegistryFile, updateRegistryFile } from '../../src/storage/store.ts'
import { isRoot, namesIn, newFolder, newRegistry, refusalOf, removeFolders, writeOptions } from './store-fixture.ts'

afterAll(removeFolders)

const OLD = 'schemaVersion: 1\n'
const NEW = Buffer.from('schemaVersion: 1\nmodels: {}\n')

function expectUntouched(registry: string, text = OLD): void {
  expect(readFileSync(registry, 'utf8')).toBe(text)
  expect(
    namesIn(dirname(realpathSync(registry))).filter((name) => name.includes('lock') || name.includes('tmp')),
  ).toEqual([])
}

describe('updateRegistryFile', () => {
  it('writes what is decided on the bytes read under the lock, and leaves nothing else', async () => {
    const registry = newRegistry()
    const result = await updateRegistryFile(registry, writeOptions(), (file) => {
      expect(file).toEqual({ path: registry, realPath: registry, bytes: Buffer.from(OLD) })
      expect(namesIn(dirname(registry))).toEqual(['registry.yaml', 'registry.yaml.lock'])
      return NEW
    })
    expect(result).toEqual({ changed: true, before: Buffer.from(OLD), after: NEW, durability: 'requested' })
    expect(readFileSync(registry)).toEqual(NEW)
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  })

  it.each([
    ['nothing', null],
    ['the same bytes', Buffer.from(OLD)],
  ])('does not touch the file when the decision is %s', async (_, decision) => {
    const registry = newRegistry()
    const { ino } = statSync(registry)
    const result = await updateRegistryFile(registry, writeOptions(), () => decision)
    expect(result).toMatchObject({ changed: false, after: Buffer.from(OLD) })
    expect(statSync(registry).ino).toBe(ino)
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  })

  it.each([0o644, 0o600, 0o664, 0o755])('keeps the mode %o', async (mode) => {
    const registry = newRegistry()
    chmodSync(registry, mode)
    await updateRegistryFile(registry, writeOptions(), () => NEW)
    expect(statSync(registry).mode & 0o7777).toBe(mode)
  })

  it.runIf(isRoot)('keeps the group', async () => {
    const registry = newRegistry()
    chownSync(registry, 0, 4242)
    await updateRegistryFile(registry, writeOptions(), () => NEW)
    expect(statSync(registry)).toMatchObject({ uid: 0, gid: 4242 })
  })

  it('writes through a link, locks beside the real file, and keeps the link', async () => {
    const folder = newFolder()
    mkdirSync(join(folder, 'real'))
    mkdirSync(join(folder, 'named'))
    writeFileSync(join(folder, 'real', 'models.yaml'), OLD)
    const registry = join(folder, 'named', 'registry.yaml')
    symlinkSync('../real/models.yaml', registry)
    await updateRegistryFile(registry, writeOptions({ gitRoot: folder }), () => {
      expect(namesIn(join(folder, 'real'))).toEqual(['models.yaml', 'models.yaml.lock'])
      return NEW
    })
    expect(readlinkSync(registry)).toBe('../real/models.yaml')
    expect(readFileSync(join(folder, 'real', 'models.yaml'))).toEqual(NEW)
    expect(namesIn(join(folder, 'real'))).toEqual(['models.yaml'])
    expect(namesIn(join(folder, 'named'))).toEqual(['registry.yaml'])
  })

  it('sweeps what killed writers have left, and nothing else', async () => {
    const registry = newRegistry()
    const folder = dirname(registry)
    const own = ['.registry.yaml.0123456789abcdef.tmp', '.registry.yaml.lock.0123456789abcdef.tmp']
    const kept = [
      '.other.yaml.0123456789abcdef.tmp',
      '.registry.yaml.0123456789abcdeg.tmp',
      '.registry.yaml.mine.tmp',
      '.registry_yaml.0123456789abcdef.tmp',
      'registry.yaml.bak',
    ]
    for (const name of [...own, ...kept]) writeFileSync(join(folder, name), '')
    await updateRegistryFile(registry, writeOptions(), () => null)
    expect(namesIn(folder)).toEqual([...kept, 'registry.yaml'].sort())
  })

  it('leaves nothing when the decision throws', async () => {
    const registry = newRegistry()
    const error = new Error('no')
    await expect(
      updateRegistryFile(registry, writeOptions(), () => {
        throw error
      }),
    ).rejects.toBe(error)
    expectUntouched(registry)
  })
})

describe('a write is given up', () => {
  it('when the file was edited without the lock', async () => {
    const registry = newRegistry()
    const onCritical = () => expect.unreachable()
    const run = updateRegistryFile(registry, writeOptions({ onCritical }), () => {
      writeFileSync(registry, 'schemaVersion: 2\n')
      return NEW
    })
    expect(await refusalOf(() => run)).toEqual({
      code: 'REGISTRY_CHANGED',
      exitCode: 6,
      message: `${registry} was changed by something else while this command worked on it.`,
      hint: 'Nothing was written. Look at the change, and run the command again.',
      file: registry,
    })
    expectUntouched(registry, 'schemaVersion: 2\n')
  })

  it('when the file was removed', async () => {
    const registry = newRegistry()
    const run = updateRegistryFile(registry, writeOptions(), () => {
      unlinkSync(registry)
      return NEW
    })
    expect((await refusalOf(() => run)).code).toBe('REGISTRY_CHANGED')
    expect(namesIn(dirname(registry))).toEqual([])
  })

  it('when the link leads somewhere else by now', async () => {
    const real = newRegistry()
    const other = newRegistry()
    const registry = join(newFolder(), 'registry.yaml')
    symlinkSync(real, registry)
    const run = updateRegistryFile(registry, writeOptions(), () => {
      rmSync(registry)
      symlinkSync(other, registry)
      return NEW
    })
    expect((await refusalOf(() => run)).code).toBe('REGISTRY_CHANGED')
    expectUntouched(real)
    expectUntouched(other)
  })

  it('when the lock was taken away, right before the rename; onCritical is told', async () => {
    const registry = newRegistry()
    const calls: boolean[] = []
    const onCritical = (active: boolean) => {
      calls.push(active)
      if (active) rmSync(`${registry}.lock`)
    }
    const refusal = await refusalOf(() => updateRegistryFile(registry, writeOptions({ onCritical }), () => NEW))
    expect(refusal.code).toBe('REGISTRY_CHANGED')
    expect(refusal.message).toBe(`The lock of ${registry} was taken away while this command held it.`)
    expect(calls).toEqual([true, false])
    expectUntouched(registry)
  })

  it('when it is interrupted before the rename, but not after it', async () => {
    const registry = newRegistry()
    const early = new AbortController()
    const first = updateRegistryFile(registry, writeOptions({ signal: early.signal }), () => {
      early.abort()
      return NEW
    })
    expect((await refusalOf(() => first)).message).toBe(`Interrupted; ${registry} is as it was.`)
    expectUntouched(registry)

    const late = new AbortController()
    const calls: boolean[] = []
    const onCritical = (active: boolean) => {
      calls.push(active)
      late.abort()
    }
    await updateRegistryFile(registry, writeOptions({ signal: late.signal, onCritical }), () => NEW)
    expect(readFileSync(registry)).toEqual(NEW)
    expect(calls).toEqual([true])
  })
})

describe('a write is refused', () => {
  it('outside of the git repository', async () => {
    const real = newRegistry()
    const root = newFolder()
    const registry = join(root, 'registry.yaml')
    symlinkSync(real, registry)
    expect(await refusalOf(() => updateRegistryFile(registry, writeOptions({ gitRoot: root }), () => NEW))).toEqual({
      code: 'REGISTRY_UNWRITABLE',
      exitCode: 3,
      message: `${registry} is not written: it leads to ${real}, outside of the git repository ${root}.`,
      hint: `Name the file itself, with --registry ${real}, or put it into this repository.`,
      file: registry,
    })
    expectUntouched(real)
    expect(lstatSync(registry).isSymbolicLink()).toBe(true)
  })

  it('on a file with hard links', async () => {
    const registry = newRegistry()
    linkSync(registry, join(dirname(registry), 'twin.yaml'))
    expect(await refusalOf(() => updateRegistryFile(registry, writeOptions(), () => NEW))).toEqual({
      code: 'REGISTRY_UNWRITABLE',
      exitCode: 3,
      message: `${registry} is not written: it has 2 hard links, and the others would keep the old bytes.`,
      hint: `Make it a file of its own: cp -p ${registry} ${registry}.copy && mv ${registry}.copy ${registry}`,
      file: registry,
    })
    expectUntouched(registry)
  })

  it('on a read-only file, also for root', async () => {
    const registry = newRegistry()
    chmodSync(registry, 0o444)
    expect(await refusalOf(() => updateRegistryFile(registry, writeOptions(), () => NEW))).toEqual({
      code: 'REGISTRY_UNWRITABLE',
      exitCode: 3,
      message: `${registry} is not written: it is read-only.`,
      hint: `Run: chmod u+w ${registry}`,
      file: registry,
    })
    expectUntouched(registry)
  })

  it.runIf(isRoot)('on the file of another user', async () => {
    const registry = newRegistry()
    chownSync(registry, 4242, 4242)
    expect(await refusalOf(() => updateRegistryFile(registry, writeOptions(), () => NEW))).toEqual({
      code: 'REGISTRY_UNWRITABLE',
      exitCode: 3,
      message: `${registry} is not written: it belongs to user 4242, and this is user 0.`,
      hint: `Run the command as its owner, or make it yours: chown 0 ${registry}`,
      file: registry,
    })
    expectUntouched(registry)
    expect(statSync(registry).uid).toBe(4242)
  })

  it('on a registry over the size limit', async () => {
    const registry = newRegistry()
    expect((await refusalOf(() => updateRegistryFile(registry, writeOptions({ maxBytes: 16 }), () => NEW))).code).toBe(
      'REGISTRY_TOO_LARGE',
    )
    expectUntouched(registry)
  })
})

describe('readRegistryFile', () => {
  const hint = 'Make it a regular file that this user can read, or name another registry with --registry.'

  it('reads through links and names both paths', () => {
    const real = newRegistry()
    const registry = join(newFolder(), 'registry.yaml')
    symlinkSync(real, registry)
    expect(readRegistryFile(registry)).toEqual({ path: registry, realPath: real, bytes: Buffer.from(OLD) })
  })

  it('says where there is none, and how to get one', async () => {
    const registry = join(newFolder(), 'registry.yaml')
    expect(await refusalOf(() => readRegistryFile(registry))).toEqual({
      code: 'REGISTRY_NOT_FOUND',
      exitCode: 3,
      message: `There is no registry at ${registry}.`,
      hint: 'Create one with "modelyard init", or name another one with --registry.',
      file: registry,
    })
  })

  it('names a link to nothing as such', async () => {
    const registry = join(newFolder(), 'registry.yaml')
    symlinkSync('gone.yaml', registry)
    expect(await refusalOf(() => readRegistryFile(registry))).toEqual({
      code: 'REGISTRY_NOT_FOUND',
      exitCode: 3,
      message: `${registry} is a link to a file that is not there.`,
      hint: 'Mend the link, or name another registry with --registry.',
      file: registry,
    })
  })

  it.each([
    ['a folder', (path: string) => mkdirSync(path), 'it is a folder, not a file'],
    ['a FIFO', (path: string) => execFileSync('mkfifo', [path]), 'it is a FIFO, not a file'],
    ['a device', (path: string) => symlinkSync('/dev/zero', path), 'it is a device, not a file'],
    [
      'a link to itself',
      (path: string) => symlinkSync('registry.yaml', path),
      'it is a link that leads back to itself, or one where none may be (ELOOP)',
    ],
  ])('refuses %s at once', async (_, put, reason) => {
    const registry = join(newFolder(), 'registry.yaml')
    put(registry)
    const message = `${registry} cannot be read: ${reason}.`
    const refusal = { code: 'REGISTRY_UNREADABLE', exitCode: 3, message, hint, file: registry }
    expect(await refusalOf(() => readRegistryFile(registry))).toEqual(refusal)
    expect(await refusalOf(() => updateRegistryFile(registry, writeOptions(), () => NEW))).toEqual(refusal)
  })

  it('refuses more than the limit, and reads exactly the limit', async () => {
    const registry = newRegistry()
    expect(readRegistryFile(registry, OLD.length).bytes.length).toBe(OLD.length)
    expect(await refusalOf(() => readRegistryFile(registry, OLD.length - 1))).toEqual({
      code: 'REGISTRY_TOO_LARGE',
      exitCode: 3,
      message: `${registry} has 17 bytes; at most 16 are read.`,
      hint: 'Look whether it is the right file; move old models to a registry of their own.',
      file: registry,
    })
  })
})

describe('createRegistryFile', () => {
  it('creates the registry and leaves nothing else', async () => {
    const registry = join(newFolder(), 'registry.yaml')
    const result = await createRegistryFile(registry, NEW, writeOptions())
    expect(result).toEqual({ changed: true, before: Buffer.alloc(0), after: NEW, durability: 'requested' })
    expect(readFileSync(registry)).toEqual(NEW)
    expect(statSync(registry)).toMatchObject({ nlink: 1, mode: 0o100666 & ~process.umask() })
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  })

  it.each([
    ['a registry', (path: string) => writeFileSync(path, OLD)],
    ['a link to nothing', (path: string) => symlinkSync('gone.yaml', path)],
    ['a folder', (path: string) => mkdirSync(path)],
  ])('does not replace %s', async (_, put) => {
    const registry = join(newFolder(), 'registry.yaml')
    put(registry)
    expect(await refusalOf(() => createRegistryFile(registry, NEW, writeOptions()))).toEqual({
      code: 'REGISTRY_EXISTS',
      exitCode: 4,
      message: `${registry} is there already.`,
      hint: 'It was left as it is. Add to it, or name another one with --registry.',
      file: registry,
    })
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  })

  it('refuses at once, without a wait for the lock', async () => {
    const registry = newRegistry()
    writeFileSync(`${registry}.lock`, '')
    expect((await refusalOf(() => createRegistryFile(registry, NEW, writeOptions()))).code).toBe('REGISTRY_EXISTS')
  })

  it('does not replace one that appears at the last moment', async () => {
    const registry = join(newFolder(), 'registry.yaml')
    const onCritical = () => writeFileSync(registry, OLD)
    expect((await refusalOf(() => createRegistryFile(registry, NEW, writeOptions({ onCritical })))).code).toBe(
      'REGISTRY_EXISTS',
    )
    expectUntouched(registry)
  })

  it('names a missing folder', async () => {
    const registry = join(newFolder(), 'sub', 'registry.yaml')
    expect((await refusalOf(() => createRegistryFile(registry, NEW, writeOptions()))).message).toBe(
      `${registry} cannot be written: it is not there (ENOENT).`,
    )
  })
})

describe('findGitRoot', () => {
  it('goes up to the nearest .git, a folder or the file of a worktree', () => {
    const root = newFolder()
    mkdirSync(join(root, '.git'))
    mkdirSync(join(root, 'a', 'b'), { recursive: true })
    writeFileSync(join(root, 'a', 'b', 'registry.yaml'), OLD)
    expect(findGitRoot(join(root, 'a', 'b', 'registry.yaml'))).toBe(root)
    expect(findGitRoot(join(root, 'a', 'b'))).toBe(root)
    expect(findGitRoot(root)).toBe(root)
    writeFileSync(join(root, 'a', '.git'), 'gitdir: elsewhere\n')
    expect(findGitRoot(join(root, 'a', 'b'))).toBe(join(root, 'a'))
  })

  it('takes the repository of the link, not that of the file', () => {
    const [one, two, outside] = [newFolder(), newFolder(), newFolder()]
    mkdirSync(join(one, '.git'))
    mkdirSync(join(two, '.git'))
    writeFileSync(join(two, 'registry.yaml'), OLD)
    symlinkSync(join(two, 'registry.yaml'), join(one, 'registry.yaml'))
    symlinkSync(one, join(outside, 'folder'))
    expect(findGitRoot(join(one, 'registry.yaml'))).toBe(one)
    expect(findGitRoot(join(outside, 'folder', 'registry.yaml'))).toBe(one)
  })

  it('finds none outside of a repository, nor in a folder that is not there', () => {
    expect(findGitRoot(newFolder())).toBeNull()
    expect(findGitRoot(join(newFolder(), 'a', 'b'))).toBeNull()
  })
})
