import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What the control groups of this process leave it; null where they bound nothing. */
export interface CgroupBounds {
  readonly cpus: number | null
  readonly memoryBytes: number | null
  /** Below the tightest bound; what the kernel would give back first counts as free. */
  readonly freeMemoryBytes: number | null
}

/**
 * Reads version 1 and 2, the process's own group and those above it as far as they can be seen. `root` is where the
 * system's files are.
 */
export async function cgroupBounds(root = '/'): Promise<CgroupBounds> {
  const [groups, mounts] = await Promise.all([
    read(join(root, 'proc/self/cgroup')),
    read(join(root, 'proc/self/mountinfo')),
  ])
  const folders = (controller: string) => foldersOf(controller, groups ?? '', mounts ?? '')
  const at = (folder: Folder) => ({ ...folder, path: join(root, folder.path) })
  const cpus = await Promise.all(folders('cpu').map((folder) => cpusOf(at(folder))))
  const memories = await Promise.all(folders('memory').map((folder) => memoryOf(at(folder))))
  const bounded = memories.filter((memory) => memory !== null)
  return {
    cpus: least(cpus.filter((count) => count !== null)),
    memoryBytes: least(bounded.map(({ limitBytes }) => limitBytes)),
    freeMemoryBytes: least(bounded.map(({ limitBytes, usedBytes }) => Math.max(0, limitBytes - usedBytes))),
  }
}

interface Folder {
  readonly version: 1 | 2
  readonly path: string
}

/** Of version 1 where the controller is mounted so, and of version 2: a machine may have both. */
function foldersOf(controller: string, groups: string, mounts: string): readonly Folder[] {
  return mounts.split('\n').flatMap((line) => {
    const [mount = '', filesystem = ''] = line.split(' - ')
    const [, , , mountRoot = '/', mountPoint = ''] = mount.split(' ')
    const [type, , options = ''] = filesystem.split(' ')
    if (type !== 'cgroup2' && !(type === 'cgroup' && options.split(',').includes(controller))) return []
    const version = type === 'cgroup2' ? 2 : 1
    const group = groupOf(groups, version === 2 ? '' : controller)
    return pathsUpTo(mountPoint, below(group, mountRoot)).map((path) => ({ version, path }) as const)
  })
}

/** `hierarchy:controllers:path`; version 2 has no controllers there. */
function groupOf(groups: string, controller: string): string {
  for (const line of groups.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (path !== undefined && controllers?.split(',').includes(controller)) return path
  }
  return '/'
}

/** Where a group is below a mount; the mount itself where it is not: a container sees its own group there. */
function below(group: string, mountRoot: string): string {
  const prefix = mountRoot === '/' ? '' : mountRoot
  const isBelow = group === prefix || group.startsWith(`${prefix}/`)
  return isBelow && !group.includes('..') ? group.slice(prefix.length) : '/'
}

function pathsUpTo(mountPoint: string, group: string): string[] {
  const paths = [mountPoint]
  for (let path = group; path !== '/' && path !== '.' && path !== ''; path = dirname(path))
    paths.push(join(mountPoint, path))
  return paths
}

async function cpusOf({ version, path }: Folder): Promise<number | null> {
  const text =
    version === 2
      ? await read(join(path, 'cpu.max'))
      : `${await read(join(path, 'cpu.cfs_quota_us'))} ${await read(join(path, 'cpu.cfs_period_us'))}`
  const [quota = Number.NaN, period = Number.NaN] = (text ?? '').split(' ').map(Number)
  return quota > 0 && period > 0 ? quota / period : null
}

/** What version 1 says where nothing is bound is more than any machine has. */
const unboundedBytes = 2 ** 62

async function memoryOf({ version, path }: Folder): Promise<{ limitBytes: number; usedBytes: number } | null> {
  const names = version === 2 ? memoryFiles : oldMemoryFiles
  const limitBytes = Number(((await read(join(path, names.limit))) ?? 'max').trim())
  if (!(limitBytes < unboundedBytes)) return null
  const used = Number(await read(join(path, names.usage)))
  const [, inactive = '0'] = names.inactive.exec((await read(join(path, 'memory.stat'))) ?? '') ?? []
  return { limitBytes, usedBytes: Math.max(0, used - Number(inactive)) }
}

const memoryFiles = { limit: 'memory.max', usage: 'memory.current', inactive: /^inactive_file (\d+)$/m }
const oldMemoryFiles = {
  limit: 'memory.limit_in_bytes',
  usage: 'memory.usage_in_bytes',
  inactive: /^total_inactive_file (\d+)$/m,
}

function least(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.min(...values)
}

/** Null where there is none, or it cannot be read. */
function read(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}
