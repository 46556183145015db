import { lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { commitOfTag } from './bundle.ts'
import { committedAtMs } from './commit-date.ts'
import { describeCommit } from './described-version.ts'
import { gitOutput } from './git.ts'
import { type KeptHistory, keptHistory, objectsOf } from './history.ts'
import { findLfsPointers } from './lfs.ts'
import { objectFormatOf } from './object-id.ts'
import { layOutRepository, Scratch } from './scratch.ts'
import { settleTimesAndModes } from './settle.ts'
import { readTree } from './tree.ts'

export type CheckoutOutcome =
  | {
      readonly kind: 'ready'
      /** The work tree, with `.git` in it. */
      readonly dir: string
      /** Every object id that `.git` holds, and may hold. */
      readonly objects: ReadonlySet<string>
      /** Every file below `.git`, sorted. Git rewrites `index` when it is asked for the status; the others stay. */
      readonly gitFiles: readonly string[]
      /** Where the commit mounts other repositories: empty directories here. */
      readonly submodules: readonly string[]
    }
  | { readonly kind: 'unsupported'; readonly explanation: string }

interface CheckoutRequest {
  /** A scratch over the repository. */
  readonly source: string
  readonly commit: string
  readonly dir: string
  readonly signal: AbortSignal
}

/**
 * Makes `dir`, which must not exist, hold the work tree of `commit` and a `.git` with that commit, its ancestors to
 * `depth` (1 keeps none) and nothing else: no remote, branch, reflog, hook or later object. The same commit and depth
 * give the same bytes, modes and times. Files are written as they are stored; attributes are not interpreted.
 */
export async function makeCheckout(
  gitDir: string,
  commit: string,
  dir: string,
  options: { readonly depth: number; readonly signal: AbortSignal },
): Promise<CheckoutOutcome> {
  const { signal } = options
  await using scratch = await Scratch.over(gitDir, objectFormatOf(commit))
  const source = scratch.gitDir
  const history = await keptHistory(source, commit, options.depth, signal)
  const listing = await objectsOf(source, history.commits, signal)
  if (listing.kind === 'incomplete') {
    const explanation = `the repository lacks objects of ${commit} (fetch it without a filter): ${listing.explanation}`
    return { kind: 'unsupported', explanation }
  }
  const tree = await readTree(source, commit, signal)
  const [pointer, ...others] = await findLfsPointers(source, tree, signal)
  if (pointer !== undefined) {
    const count = others.length === 0 ? '' : ` (and ${others.length} more)`
    return { kind: 'unsupported', explanation: `${pointer}${count} is kept by Git LFS: its content is not in git` }
  }
  const partial = `${resolve(dir)}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(dirname(dir), { recursive: true })
  const request = { source, commit, dir: partial, signal }
  await layOutRepository(join(partial, '.git'), commit, objectFormatOf(commit))
  await bothDone(writeObjects(request, history, listing.lines), writeWorkTree(request))
  await keepNearestTag(request, gitDir, history)
  await settleTimesAndModes(partial, await committedAtMs(source, commit, signal))
  await rename(partial, dir)
  const gitFiles = await filesBelow(join(dir, '.git'), '')
  return { kind: 'ready', dir, objects: listing.ids, gitFiles, submodules: tree.submodules }
}

/**
 * Without ancestors the pack holds no deltas and copies nothing from the cache's packs, so that it is the same bytes
 * whatever the cache looks like; with ancestors that would cost too much room.
 */
async function writeObjects({ source, dir, signal }: CheckoutRequest, history: KeptHistory, lines: string) {
  const gitDir = join(dir, '.git')
  if (history.shallow.length > 0) await writeFile(join(gitDir, 'shallow'), `${history.shallow.join('\n')}\n`)
  const packing = history.commits.length === 1 ? ['--window=0', '--no-reuse-object'] : ['--delta-base-offset']
  const objectsDir = join(gitDir, 'objects')
  const args = ['pack-objects', '-q', ...packing, join(objectsDir, 'pack/pack')]
  // What git writes before it gives it its name is to be on the same disk as that.
  await gitOutput(args, { gitDir: source, objectsDir, stdin: lines, signal })
}

/** The index says nothing about files on disk, so git looks at each once, and no inode or time of ours is in it. */
async function writeWorkTree({ source, commit, dir, signal }: CheckoutRequest): Promise<void> {
  const options = { gitDir: source, indexFile: join(dir, '.git/index'), workTree: dir, signal }
  await gitOutput(['read-tree', commit], options)
  await gitOutput(['checkout-index', '--all', '--quiet'], options)
}

/**
 * Keeps the nearest tag only where its commit is kept, for tools that ask git for a version: as a lightweight one,
 * since the message of an annotated tag may have been written later and would be one more object.
 */
async function keepNearestTag({ commit, dir, signal }: CheckoutRequest, cache: string, history: KeptHistory) {
  const nearest = await describeCommit(cache, commit, signal)
  if (nearest === null || nearest.distance >= history.commits.length) return
  const target = await commitOfTag(cache, nearest.tag, signal)
  if (target === null || !history.commits.includes(target)) return
  const gitDir = join(dir, '.git')
  const file = join(gitDir, 'packed-refs')
  await writeFile(file, `# pack-refs with: peeled fully-peeled sorted \n${target} refs/tags/${nearest.tag}\n`)
  const seen = await describeCommit(gitDir, commit, signal)
  if (seen?.version !== nearest.version) await rm(file)
}

/** Neither is left running when the other one fails. */
async function bothDone(...work: readonly Promise<void>[]): Promise<void> {
  for (const done of await Promise.allSettled(work)) if (done.status === 'rejected') throw done.reason
}

async function filesBelow(root: string, below: string): Promise<string[]> {
  const files: string[] = []
  for (const name of await readdir(join(root, below))) {
    const path = below === '' ? name : `${below}/${name}`
    if ((await lstat(join(root, path))).isDirectory()) files.push(...(await filesBelow(root, path)))
    else files.push(path)
  }
  return files.sort()
}
