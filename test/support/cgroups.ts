import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from './must-run.ts'

const root = '/sys/fs/cgroup'

/** Removes a top control group and those below it, which nothing runs in any more. */
export async function removeCgroups(name: string): Promise<void> {
  const groups = (await topCgroups()).filter((group) => group.name === name)
  for (const { path } of groups) await mustRun(['find', path, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', '+'])
}

/** In version 1 below each controller, in version 2 once. */
export async function topCgroups(): Promise<readonly { readonly name: string; readonly path: string }[]> {
  const parents = [root, ...(await foldersOf(root)).map((name) => join(root, name))]
  const groups = await Promise.all(
    parents.map(async (parent) => (await foldersOf(parent)).map((name) => ({ name, path: join(parent, name) }))),
  )
  return groups.flat()
}

async function foldersOf(path: string): Promise<readonly string[]> {
  return (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name)
}
