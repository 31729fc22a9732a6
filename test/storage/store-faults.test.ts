import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeFailure } from '../../src/storage/store/failure.ts'
import {
  bundleWorker,
  follow,
  isLinux,
  isRoot,
  namesIn,
  newFolder,
  newRegistry,
  removeFolders,
  startWorker,
} from './store-fixture.ts'

const NOBODY = 65_534
const OLD = 'schemaVersion: 1\n'

let worker: string
beforeAll(async () => {
  worker = await bundleWorker()
})
afterAll(removeFolders)

/** A registry of the user that asNobody() runs as: root is refused nothing. */
function registryOfNobody(): string {
  const registry = newRegistry()
  if (isRoot) for (const path of [registry, dirname(registry)]) chownSync(path, NOBODY, NOBODY)
  return registry
}

async function asNobody(args: string[]): Promise<{ code: number | null; said: unknown; stderr: string }> {
  const run = startWorker(worker, args, isRoot ? { uid: NOBODY, gid: NOBODY } : {})
  const { code, stderr } = await run.ended
  return { code, said: run.said.at(-1), stderr }
}

/** A Node in root's own folder can be run by nobody else; these tests are then skipped. */
const nobodyRuns = !isRoot || spawnSync(process.execPath, ['-e', '0'], { uid: NOBODY, gid: NOBODY }).status === 0

describe.runIf(isLinux && nobodyRuns)('a write that the system refuses', () => {
  it('in a read-only folder: says so and leaves nothing', async () => {
    const registry = registryOfNobody()
    chmodSync(dirname(registry), 0o555)
    const { code, said, stderr } = await asNobody(['append', registry, 'lost'])
    chmodSync(dirname(registry), 0o755)
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' })
    expect(said).toEqual({
      error: {
        code: 'REGISTRY_UNWRITABLE',
        message: `${registry} cannot be written: permission denied (EACCES).`,
        hint: 'Make the file and its folder writable for this user, and run the command again.',
      },
    })
    expect(readFileSync(registry, 'utf8')).toBe(OLD)
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  })

  it('on a registry that it may not read', async () => {
    const registry = registryOfNobody()
    chmodSync(registry, 0o200)
    const { code, said } = await asNobody(['append', registry, 'lost'])
    expect(code).toBe(3)
    expect(said).toMatchObject({
      error: { code: 'REGISTRY_UNREADABLE', message: `${registry} cannot be read: permission denied (EACCES).` },
    })
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  })

  it('in a folder that cannot be opened: writes, and says that it does not know whether it lasts', async () => {
    const registry = registryOfNobody()
    chmodSync(dirname(registry), 0o333)
    const { code, said, stderr } = await asNobody(['append', registry, 'kept'])
    chmodSync(dirname(registry), 0o755)
    expect({ code, said, stderr }).toEqual({ code: 0, said: { changed: true, durability: 'unknown' }, stderr: '' })
    expect(readFileSync(registry, 'utf8')).toBe(`${OLD}kept\n`)
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  })

  it('over the limit on file sizes: names it and leaves the old file', async () => {
    const registry = newRegistry(`${OLD}${'# filler\n'.repeat(2000)}`)
    const before = readFileSync(registry)
    // In blocks of 512 or 1,024 bytes: the lock fits, the registry does not. Without the trap the signal kills.
    const script = `trap '' XFSZ; ulimit -f 8; exec "$0" "$1" append "$2" lost`
    const run = follow(spawn('sh', ['-c', script, process.execPath, worker, registry], { stdio: 'pipe' }))
    expect((await run.ended).code).toBe(3)
    expect(run.said).toEqual([
      {
        error: {
          code: 'REGISTRY_UNWRITABLE',
          message: `${registry} cannot be written: the file would be larger than the system allows (EFBIG).`,
          hint: 'Raise the limit on file sizes (ulimit -f) and run the command again.',
        },
      },
    ])
    expect(readFileSync(registry).equals(before)).toBe(true)
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  })

  it.for([
    { what: 'for the new file', isFull: false, job: 'append' },
    { what: 'for the lock', isFull: true, job: 'append' },
    { what: 'for a first registry', isFull: true, job: 'create' },
  ])('on a full disk, $what: names it and leaves the old file', async ({ isFull, job }, { skip }) => {
    const folder = newFolder()
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    const registry = join(disk, 'registry.yaml')
    // A disk of 64 KiB, in a mount namespace of its own. The registry has 48 KiB; blocks have 4.
    const script = `
      mount -t tmpfs -o size=64k tmpfs "$3" || exit 99
      [ "$5" = create ] || head -c 49152 /dev/zero | tr '\\0' '#' > "$2"
      [ "$4" = false ] || head -c 65536 /dev/zero > "$3/filler" 2> /dev/null
      "$0" "$1" "$5" "$2" lost
      code=$?
      ls -A "$3" > "$3/../left"; wc -c < "$2" > "$3/../size" 2> /dev/null
      exit $code`
    const args = ['-rm', 'sh', '-c', script, process.execPath, worker, registry, disk, String(isFull), job]
    const run = follow(spawn('unshare', args, { stdio: 'pipe' }))
    const { code } = await run.ended
    // No permission for a mount here.
    if (run.said.length === 0) skip()
    expect(run.said).toEqual([
      {
        error: {
          code: 'REGISTRY_UNWRITABLE',
          message: `${registry} cannot be written: the disk is full (ENOSPC).`,
          hint: 'Make room on the disk and run the command again.',
        },
      },
    ])
    expect(code).toBe(3)
    const left = [...(isFull ? ['filler'] : []), ...(job === 'append' ? ['registry.yaml'] : [])]
    expect(readFileSync(join(folder, 'left'), 'utf8').trim().split('\n')).toEqual(left)
    if (job === 'append') expect(readFileSync(join(folder, 'size'), 'utf8').trim()).toBe('49152')
  })
})

describe('describeFailure', () => {
  it('falls back to what the system said', () => {
    expect(describeFailure(Object.assign(new Error('x'), { code: 'EROFS' }))).toBe(
      'the file system is read-only (EROFS)',
    )
    expect(describeFailure(Object.assign(new Error('EODD: odd'), { code: 'EODD' }))).toBe('EODD: odd')
    expect(describeFailure('text')).toBe('text')
  })
})
