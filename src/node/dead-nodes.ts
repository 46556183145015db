import { readdir, rm, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { tryLockFile } from '../util/lock-file.ts'

/**
 * What a node makes is labelled so, and its scratch space is called so: another node of the run may share its engine or its
 * work folder, and so may another machine that came in the place of one.
 */
export function nodeLabel(runsFolder: string, folder: string): string {
  return relative(runsFolder, folder).replaceAll('/', '.')
}

const depths = ['*/*', '*/*/*']
/** What its events are kept for, that is: for whoever comes back to its run. */
const keptMs = 30 * 24 * 3_600_000

/**
 * The labels of nodes below `runsFolder` that nobody is any more, but for the one in `ownFolder`. Their folders go once nothing is
 * in them that control has not stored, or after a month.
 */
export async function deadNodes(runsFolder: string, ownFolder: string): Promise<readonly string[]> {
  const folders = (await Promise.all(depths.map((depth) => nodeFolders(runsFolder, depth)))).flat()
  const dead: string[] = []
  for (const folder of folders.filter((one) => one !== ownFolder)) {
    if (!(await isDead(folder))) continue
    dead.push(nodeLabel(runsFolder, folder))
    if (!(await isWaitedFor(folder))) await rm(folder, { recursive: true })
  }
  return dead
}

/** Only a holder that is proven dead is one. */
async function isDead(folder: string): Promise<boolean> {
  const tried = await tryLockFile(join(folder, 'lock'))
  if (tried.kind === 'taken') return false
  await tried.lock[Symbol.asyncDispose]()
  return true
}

async function nodeFolders(runsFolder: string, depth: string): Promise<string[]> {
  if (!(await readdir(runsFolder).catch(() => [])).length) return []
  const glob = new Bun.Glob(`${depth}/lock.*`)
  const found = await Array.fromAsync(glob.scan({ cwd: runsFolder, absolute: true, onlyFiles: true }))
  return [...new Set(found.map((file) => join(file, '..')))].sort()
}

async function isWaitedFor(folder: string): Promise<boolean> {
  const outbox = await stat(join(folder, 'outbox')).catch(() => null)
  return outbox !== null && Date.now() - outbox.mtimeMs < keptMs
}
